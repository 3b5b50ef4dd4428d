/// A classic BPF instruction, laid out as the kernel's struct sock_filter (seccomp(2)).
#pragma once

#include <cstddef>
#include <cstdint>

namespace immure::sys {

struct Instruction {
  std::uint16_t code;
  std::uint8_t jump_true;
  std::uint8_t jump_false;
  std::uint32_t operand;
  friend bool operator==(const Instruction&, const Instruction&) = default;
};
static_assert(sizeof(Instruction) == 8);

/// BPF_MAXINSNS: the kernel refuses a program with more instructions.
inline constexpr std::size_t kMaxInstructions = 4096;

/// When code looks at all system calls, it looks at the numbers below this one. No kernel has a larger number.
inline constexpr std::uint32_t kCallNumbers = 1024;

}  // namespace immure::sys
