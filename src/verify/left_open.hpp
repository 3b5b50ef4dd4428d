/// What the evidence of one program leaves open although every test holds.
#pragma once

#include <string>
#include <vector>

#include "evidence/evidence.hpp"

namespace immure::verify {

/// Sentences for AttestationResult::not_proved: what the run gave its program, and which of its outputs may be missing.
[[nodiscard]] std::vector<std::string> left_open(const evidence::Evidence& evidence);

}  // namespace immure::verify
