/// A name that nobody else has chosen, for a try that must not succeed and is undone if it does.
#pragma once

#include <array>
#include <cstdint>

#include "sys/syscall.hpp"
#include "text/hex.hpp"

namespace immure::guard {

/// `.immure-guard-` and 16 hex digits, terminated. O_EXCL at the open makes a collision harmless.
[[nodiscard]] inline std::array<char, 31> random_name() {
  std::array<char, 31> name{".immure-guard-"};
  std::uint64_t bits = 0;
  // Without random bytes the address still differs under ASLR, and O_EXCL still protects what is there.
  if (sys::failed(sys::raw(__NR_getrandom, &bits, sizeof bits, 0))) bits = sys::as_word(&bits);
  for (std::size_t i = 14; i < 30; ++i, bits >>= 4U) name[i] = text::hex_digit(bits);
  return name;
}

}  // namespace immure::guard
