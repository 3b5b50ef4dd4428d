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
  std::string code;                              ///< stable reason code; `accepted` when all holds
  std::string reason;                            ///< one sentence
  std::string key_id;                            ///< empty unless the signature verified
  std::optional<evidence::Statement> statement;  ///< present once the signature verified and the bytes were read
  judge::Judgement judgement;             ///< rows #24..#37 always; kNotProved where the evidence could not be read
  std::vector<judge::Row> evidence_rows;  ///< #38..#44 as far as they were asked
  std::vector<std::string> not_proved;    ///< plain sentences: what this result does not say
  std::string evidence_sha256;            ///< of the file's bytes; empty unless it was read
  std::string policy_sha256;              ///< of the policy's file; empty without one
};

}  // namespace immure::verify
