/// Writes an attestation result as text for a terminal, and as JSON.
#pragma once

#include <string>

#include "render/summary.hpp"
#include "verify/result.hpp"

namespace immure::render {

/// The short answer, then everything behind it: the run, a row for each test, what was not proved, counts that add up,
/// and the verdict once more. Long lines are broken and go on indented. Everything from the evidence is escaped.
[[nodiscard]] std::string result_text(const verify::AttestationResult& result, const TextStyle& style);
/// The text if no evidence could be read, so that all tests are unproved for one reason. One line says which file
/// cannot be read, why, and what to do.
[[nodiscard]] std::string unread_text(const verify::AttestationResult& result, const std::string& evidence_path,
                                      bool color);
/// The result as canonical JSON in one line.
[[nodiscard]] std::string result_json(const verify::AttestationResult& result);

}  // namespace immure::render
