/// Turns an attestation result into an in-toto statement, which the verifier signs and others can rely on.
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
  std::string key_id;         ///< id of the key that will sign; it names the verifier
  std::string verified_on;    ///< RFC 3339 UTC
  std::string version;        ///< of the verifying program
  std::string evidence_name;  ///< name of the file as the user gave it
};

/// Canonical JSON of an in-toto Statement v1. The statement's subjects are those of the evidence. If no trusted key has
/// signed the evidence, the subject is the evidence file itself. PASSED means ACCEPTED and nothing else. Returns
/// nullopt if the evidence file was not read, because the result would then have no subject.
[[nodiscard]] std::optional<std::string> result_statement(const AttestationResult& result, ResultType type,
                                                          const ResultNotes& notes);

/// Returns why this key may not sign results; nullopt if it may. If a policy gives any key the role `verifier`, the
/// signing key must have this role at this time. A key that signs evidence (by the policy, or because of --key) may
/// sign results only if the policy gives it both roles: an attester must not appraise itself unnoticed. The ids of the
/// policy's keys and of the trusted keys must be known.
[[nodiscard]] std::optional<std::string> refused_result_key(const Policy& policy,
                                                            const std::vector<std::string>& trusted_ids,
                                                            const std::string& key_id, std::int64_t now);

}  // namespace immure::verify
