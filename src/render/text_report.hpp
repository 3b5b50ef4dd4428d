/// An attestation result as text for a terminal, and as JSON.
#pragma once

#include <string>

#include "verify/result.hpp"

namespace immure::render {

/// Verdict first and last, fourteen rows, what was not proved, counts that add up. Escapes everything from the
/// evidence.
[[nodiscard]] std::string result_text(const verify::AttestationResult& result, bool color);
/// Where nothing was read, all tests are unproved for one reason: one line that says which file, why, and what to do.
[[nodiscard]] std::string unread_text(const verify::AttestationResult& result, const std::string& evidence_path,
                                      bool color);
/// Canonical JSON, one line.
[[nodiscard]] std::string result_json(const verify::AttestationResult& result);

}  // namespace immure::render
