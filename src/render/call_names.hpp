/// Names of system calls, for people: evidence gives numbers of the machine that made it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace immure::render {

/// `openat` for 257 of `x86_64`; the number where libseccomp knows no name, or `architecture` (uname(2)) is another
/// than x86_64 and aarch64.
[[nodiscard]] std::string call_name(std::string_view architecture, std::uint32_t number);

}  // namespace immure::render
