/// The verifier: evidence file -> attestation result (RFC 9334), offline, with nothing executed or written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/envelope.hpp"
#include "verify/challenge.hpp"
#include "judge/judge.hpp"
#include "verify/policy.hpp"

namespace immure::verify {

enum class Verdict : std::uint8_t { kAccepted, kRejected, kBlocked };
[[nodiscard]] std::string_view name(Verdict verdict);  ///< `ACCEPTED`, `REJECTED`, `BLOCKED`

struct Request {
  std::string evidence_path;
  std::vector<std::string> key_paths;  ///< trusted public keys, at least one; the policy's are added by obey()
  std::optional<std::string> nonce;    ///< expected; base64url of 32 bytes
  std::optional<std::string> audience;
  std::optional<std::string> challenge_path;  ///< instead of nonce and audience; read by appraise_walled_in()
  std::optional<Challenge> challenge;         ///< what was in it; set by answer_to()
  std::optional<std::string> state_path;      ///< with a challenge: the ledger in which an accepted nonce is written
  std::optional<std::string> policy_path;     ///< read by appraise_walled_in()
  std::optional<Policy> policy;               ///< what was in it; set by obey()
  bool nonce_used = false;                    ///< the ledger has it already; set by appraise_walled_in()
  std::optional<std::string>
      artifacts_dir;            ///< the outputs, compared with the subjects: missing, extra, differing, links
  std::uint64_t max_age_s = 0;  ///< 0: any age (and reported as such)
  int oldest_edition = 0;       ///< that is taken (judge/edition.hpp); 0: the present one alone
  std::int64_t now = 0;         ///< Unix seconds
};

/// Demands an answer to `challenge`: its nonce, its audience, its time.
void answer_to(Request& request, Challenge challenge);

/// Demands what `policy` says: adds its keys, and takes the shorter of the two ages and the later of the two editions.
void obey(Request& request, Policy policy);

struct AttestationResult {
  Verdict verdict = Verdict::kBlocked;
  std::string code;                              ///< stable reason code; `accepted` when all holds
  std::string reason;                            ///< one sentence
  std::string key_id;                            ///< empty unless the signature verified
  std::optional<evidence::Statement> statement;  ///< present once the signature verified and the bytes were read
  judge::Judgement judgement;                  ///< rows #24..#37 always; kNotProved where the evidence could not be read
  std::vector<judge::Row> evidence_rows;       ///< #38..#44 as far as they were asked
  std::vector<std::string> not_proved;  ///< plain sentences: what this result does not say
  std::string evidence_sha256;          ///< of the file's bytes; empty unless it was read
  std::string policy_sha256;            ///< of the policy's file; empty without one
};

/// Appraises. Never fails: what cannot be appraised is kBlocked with a code.
[[nodiscard]] AttestationResult appraise(const Request& request);

/// kBlocked before anything was read, for the one reason of `finding`; fourteen rows that say so.
[[nodiscard]] AttestationResult not_appraised(const judge::Finding& finding);
/// Takes an acceptance back: kBlocked, and test #40 is not proved.
void withdraw(AttestationResult& result, const judge::Finding& finding);

/// Verdict first and last, fourteen rows, what was not proved, counts that add up. Escapes everything from the
/// evidence.
[[nodiscard]] std::string result_text(const AttestationResult& result, bool color);
/// Where nothing was read, all tests are unproved for one reason: one line that says which file, why, and what to do.
[[nodiscard]] std::string unread_text(const AttestationResult& result, const std::string& evidence_path, bool color);
/// Canonical JSON, one line.
[[nodiscard]] std::string result_json(const AttestationResult& result);

}  // namespace immure::verify
