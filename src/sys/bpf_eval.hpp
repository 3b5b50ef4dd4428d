/// What a seccomp filter answers to one call, computed without loading the filter. The functions are pure: tests sweep
/// whole tables with them, a witness without privileges can simulate the filter that was loaded, and a verifier can ask
/// the filter that the evidence holds.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>

#include "sys/bpf.hpp"
#include "sys/filter.hpp"

namespace immure::sys::simulation {

/// struct seccomp_data (seccomp(2)), as the evaluator reads it.
struct Call {
  std::uint32_t number = 0;
  std::uint32_t architecture = 0;
  std::uint64_t instruction_pointer = 0;
  std::array<std::uint64_t, 6> arguments{};
};
static_assert(sizeof(Call) == 64);

inline constexpr std::uint32_t kArchX86_64 = AUDIT_ARCH_X86_64;
inline constexpr std::uint32_t kArchI386 = AUDIT_ARCH_I386;
inline constexpr std::uint32_t kArchAarch64 = AUDIT_ARCH_AARCH64;
inline constexpr std::uint32_t kArchArm = AUDIT_ARCH_ARM;
inline constexpr std::uint32_t kNativeArch = seccomp::kOwnArchitecture;
using seccomp::kX32Bit;

/// The system call tables that the kernel offers besides the native table: their architectures and first numbers.
struct CallTable {
  std::uint32_t architecture, first;
};
#if defined(__x86_64__)
inline constexpr CallTable kForeignTables[] = {{kArchX86_64, kX32Bit}, {kArchI386, 0}};
#elif defined(__aarch64__)
inline constexpr CallTable kForeignTables[] = {{kArchArm, 0}};
#endif

/// SECCOMP_RET_*. With kRetErrno, the low 16 bits hold the errno.
inline constexpr std::uint32_t kRetAllow = SECCOMP_RET_ALLOW;
inline constexpr std::uint32_t kRetErrno = SECCOMP_RET_ERRNO;
inline constexpr std::uint32_t kRetKillProcess = SECCOMP_RET_KILL_PROCESS;

/// Classic BPF codes that seccomp filters use (bpf(4)).
namespace bpf {
inline constexpr std::uint16_t kLoad = BPF_LD | BPF_W | BPF_ABS, kLoadImmediate = BPF_LD | BPF_W | BPF_IMM;
inline constexpr std::uint16_t kReturn = BPF_RET | BPF_K, kJump = BPF_JMP | BPF_JA;
inline constexpr std::uint16_t kJumpEqual = BPF_JMP | BPF_JEQ | BPF_K, kJumpGreater = BPF_JMP | BPF_JGT | BPF_K;
inline constexpr std::uint16_t kJumpGreaterEqual = BPF_JMP | BPF_JGE | BPF_K, kJumpSet = BPF_JMP | BPF_JSET | BPF_K;
inline constexpr std::uint16_t kAnd = BPF_ALU | BPF_AND | BPF_K;
}  // namespace bpf

/// True if a conditional jump is taken; nullopt for any other instruction.
[[nodiscard]] constexpr std::optional<bool> holds(const Instruction& step, std::uint32_t a) {
  switch (step.code) {
    case bpf::kJumpEqual: return a == step.operand;
    case bpf::kJumpGreater: return a > step.operand;
    case bpf::kJumpGreaterEqual: return a >= step.operand;
    case bpf::kJumpSet: return (a & step.operand) != 0;
    default: return std::nullopt;
  }
}

/// The filter's return value; nullopt for a program that reads or jumps out of bounds, or that has an instruction that
/// compile_filter() never makes.
[[nodiscard]] constexpr std::optional<std::uint32_t> evaluate(std::span<const Instruction> filter, const Call& call) {
  const auto words = std::bit_cast<std::array<std::uint32_t, 16>>(call);
  std::uint32_t a = 0;
  for (std::size_t at = 0; at < filter.size(); ++at) {
    const Instruction& step = filter[at];
    switch (step.code) {
      case bpf::kLoad:
        if (step.operand % 4 != 0 || step.operand >= sizeof(Call)) return std::nullopt;
        a = words[step.operand / 4];
        continue;
      case bpf::kLoadImmediate: a = step.operand; continue;
      case bpf::kAnd: a &= step.operand; continue;
      case bpf::kJump: at += step.operand; continue;
      case bpf::kReturn: return step.operand;
      default: break;
    }
    const std::optional<bool> taken = holds(step, a);
    if (!taken) return std::nullopt;
    at += *taken ? step.jump_true : step.jump_false;
  }
  return std::nullopt;
}

}  // namespace immure::sys::simulation
