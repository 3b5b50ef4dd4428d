/// Checks what evidence says about the program's end.
#pragma once

#include <optional>

#include "evidence/evidence.hpp"
#include "judge/judge.hpp"

namespace immure::verify {

/// Returns why the evidence is not of a program that ran to an end that a process can have; nullopt if it is.
[[nodiscard]] std::optional<judge::Finding> check_payload(const evidence::Evidence& evidence);

}  // namespace immure::verify
