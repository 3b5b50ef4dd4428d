/// Names of system calls, for people. Evidence has only numbers, which depend on the machine that made the evidence.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace immure::render {

/// The name of a system call: `openat` for 257 of `x86_64`. Returns the number as text if libseccomp knows no name, or
/// if `architecture` (uname(2)) is neither x86_64 nor aarch64.
[[nodiscard]] std::string call_name(std::string_view architecture, std::uint32_t number);

}  // namespace immure::render
