/// Says in words why a verdict is what it is.
#pragma once

#include <string>

#include "verify/result.hpp"

namespace immure::render {

/// One or two sentences without a full stop at the end: what is wrong first, then what was found. Digests are short.
/// Everything from the evidence is escaped.
[[nodiscard]] std::string reason_words(const verify::AttestationResult& result);

}  // namespace immure::render
