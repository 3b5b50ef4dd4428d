/// The two small filters that a cell has besides the plan's filter: instructions over struct seccomp_data (seccomp(2)).
#pragma once

#include <cerrno>
#include <cstdint>

#include <sys/mman.h>

#include "sys/bpf.hpp"
#include "sys/kernel.hpp"
#include "sys/syscall.hpp"

namespace immure::cell {
namespace filter_words {

/// Offsets in struct seccomp_data: the call's number, the call's table, and the low half of the fourth argument.
inline constexpr std::uint32_t kNumber = 0, kTable = 4, kFourthArgument = 16 + 3 * 8;
#if defined(__x86_64__)
inline constexpr std::uint32_t kOwnTable = AUDIT_ARCH_X86_64;
#else
inline constexpr std::uint32_t kOwnTable = AUDIT_ARCH_AARCH64;
#endif

constexpr sys::Instruction load(std::uint32_t offset) { return {BPF_LD | BPF_W | BPF_ABS, 0, 0, offset}; }
constexpr sys::Instruction keep_bits(std::uint32_t mask) { return {BPF_ALU | BPF_AND | BPF_K, 0, 0, mask}; }
constexpr sys::Instruction unless_equal(std::uint32_t value, std::uint8_t skip) {
  return {BPF_JMP | BPF_JEQ | BPF_K, 0, skip, value};
}
constexpr sys::Instruction answer(std::uint32_t action) { return {BPF_RET | BPF_K, 0, 0, action}; }

inline constexpr std::uint32_t kSharedAnonymous = MAP_SHARED | MAP_ANONYMOUS;

}  // namespace filter_words

/// While the payload runs, its parent (the cell's first process) needs wait4 and exit_group and no other call.
inline constexpr sys::Instruction kInitFilter[] = {
    filter_words::load(filter_words::kTable),  filter_words::unless_equal(filter_words::kOwnTable, 5),
    filter_words::load(filter_words::kNumber), filter_words::unless_equal(__NR_wait4, 1),
    filter_words::answer(SECCOMP_RET_ALLOW),   filter_words::unless_equal(__NR_exit_group, 1),
    filter_words::answer(SECCOMP_RET_ALLOW),   filter_words::answer(SECCOMP_RET_KILL_PROCESS),
};

/// Denies every shared anonymous mapping. Its pages stay allocated when no process has them in its page tables any
/// more, and then only a control group counts them. Calls of foreign system call tables pass here, because the plan's
/// filter denies them.
inline constexpr sys::Instruction kNoSharedMemory[] = {
    filter_words::load(filter_words::kTable),
    filter_words::unless_equal(filter_words::kOwnTable, 6),
    filter_words::load(filter_words::kNumber),
    filter_words::unless_equal(__NR_mmap, 4),
    filter_words::load(filter_words::kFourthArgument),
    filter_words::keep_bits(filter_words::kSharedAnonymous),
    filter_words::unless_equal(filter_words::kSharedAnonymous, 1),
    filter_words::answer(SECCOMP_RET_ERRNO | ENOMEM),
    filter_words::answer(SECCOMP_RET_ALLOW),
};

}  // namespace immure::cell
