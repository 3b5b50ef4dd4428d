/// An attestation result as an in-toto statement, for the verifier to sign and for others to rely on.
#pragma once

#include <optional>
#include <string>

#include "verify/policy.hpp"
#include "verify/result.hpp"

namespace immure::verify {

enum class ResultType : std::uint8_t {
  kSummary,  ///< SLSA Verification Summary Attestation v1: `https://slsa.dev/verification_summary/v1`
  kTests,    ///< in-toto test-result v0.1: `https://in-toto.io/attestation/test-result/v0.1`
};

struct ResultNotes {
  std::string key_id;         ///< of the key that will sign: it names the verifier
  std::string verified_on;    ///< RFC 3339 UTC
  std::string version;        ///< of the verifier
  std::string evidence_name;  ///< as the reader named the file
};

/// Canonical JSON of an in-toto Statement v1. Its subjects are those of the evidence; of evidence that nobody trusted
/// has signed, the evidence file itself. PASSED stands for ACCEPTED alone. nullopt if the evidence file was not read:
/// then there is nothing that the result could be about.
[[nodiscard]] std::optional<std::string> result_statement(const AttestationResult& result, ResultType type,
                                                          const ResultNotes& notes);

/// Why this key may not sign results; nullopt if it may. A policy that gives any key the role `verifier` demands one of
/// those, in its time; and a key that signs evidence, by the policy or because the verifier trusts it with --key, signs
/// results only if the policy gives it both roles: an attester must not appraise itself unseen. The ids of the policy's
/// keys and the verifier's trusted ones are known.
[[nodiscard]] std::optional<std::string> refused_result_key(const Policy& policy,
                                                            const std::vector<std::string>& trusted_ids,
                                                            const std::string& key_id, std::int64_t now);

}  // namespace immure::verify
