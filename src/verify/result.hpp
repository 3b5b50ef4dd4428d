/// The verifier's answer: an attestation result (RFC 9334).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/envelope.hpp"
#include "judge/judge.hpp"

namespace immure::verify {

enum class Verdict : std::uint8_t { kAccepted, kRejected, kBlocked };
[[nodiscard]] std::string_view name(Verdict verdict);  ///< `ACCEPTED`, `REJECTED`, `BLOCKED`

struct AttestationResult {
  Verdict verdict = Verdict::kBlocked;
  judge::Reason code;  ///< `accepted` if everything holds
  std::string reason;  ///< one sentence
  /// What was found, if the verdict is not kAccepted.
  std::optional<judge::Finding> cause;
  /// The test of the sandbox that decided the verdict by not holding or by not being proved.
  std::optional<judge::TestNumber> failed_test;
  std::string key_id;  ///< empty unless the signature is valid
  /// Present if the signature is valid and the signed bytes could be read.
  std::optional<evidence::Statement> statement;
  /// Always rows #24..#37; kNotProved if the evidence could not be read.
  judge::Judgement judgement;
  /// Rows #38..#44, as far as the request asks for them.
  std::vector<judge::Row> evidence_rows;
  /// Sentences that say what this result does not prove. Each begins with `That`, `What` or `Anything`; a colon ends
  /// the part that names what is not proved.
  std::vector<std::string> not_proved;
  /// The signed streams of which the directory of --artifacts holds no copy. Empty if no directory was compared.
  std::vector<std::string> not_compared;
  std::optional<bool> same_input;  ///< absent: nobody compared the input at hand
  std::string evidence_sha256;     ///< of the bytes of the file; empty if it was not read
  std::string policy_sha256;       ///< of the policy file; empty without a policy
};

}  // namespace immure::verify
