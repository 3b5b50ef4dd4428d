/// Words for the calls of a program that could not succeed in its cell (evidence::Refusal).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "evidence/evidence.hpp"

namespace immure::render {

/// Two sentences for each kind of refusal: the first says what was refused, how often, and where first; the second says
/// what to do about the refusal. Paths are in a visible form.
[[nodiscard]] std::vector<std::string> refusal_sentences(const evidence::Evidence& evidence);

}  // namespace immure::render
