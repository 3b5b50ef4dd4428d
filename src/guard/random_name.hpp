/// A random file name that nobody else uses. A try creates a file of this name where creating a file must fail, and
/// removes the file if the try succeeds.
#pragma once

#include <array>
#include <cstdint>

#include "sys/syscall.hpp"
#include "text/hex.hpp"

namespace immure::guard {

/// `.immure-guard-`, 16 hex digits and a NUL. If a file of this name exists, O_EXCL at the open protects it.
[[nodiscard]] inline std::array<char, 31> random_name() {
  std::array<char, 31> name{".immure-guard-"};
  std::uint64_t bits = 0;
  // Without random bytes, use an address, which differs between runs (ASLR). O_EXCL still protects an existing file.
  if (sys::failed(sys::raw(__NR_getrandom, &bits, sizeof bits, 0))) bits = sys::as_word(&bits);
  for (std::size_t i = 14; i < 30; ++i, bits >>= 4U) name[i] = text::hex_digit(bits);
  return name;
}

}  // namespace immure::guard
