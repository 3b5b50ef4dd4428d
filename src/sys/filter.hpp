/// Small seccomp filters, assembled by the compiler: `filter({allow(__NR_read), narrow(__NR_write, 0, one_of({1, 2}))},
/// kKill)`.
///
/// The first rule that fits a call answers the call, and `otherwise` answers a call that no rule fits. A call of a
/// foreign system call table (AUDIT_ARCH_*) gets the answer `foreign`, because its numbers mean other calls. The x32
/// calls of x86-64 have the AUDIT_ARCH_* of ordinary calls and an extra bit in their number. No rule may have this bit,
/// so x32 calls get the answer `otherwise`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "sys/bpf.hpp"
#include "sys/kernel.hpp"
#include "sys/syscall.hpp"

namespace immure::sys::seccomp {

#if defined(__x86_64__)
inline constexpr std::uint32_t kOwnArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
inline constexpr std::uint32_t kOwnArchitecture = AUDIT_ARCH_AARCH64;
#endif
/// The bit that marks the number of an x32 call: __X32_SYSCALL_BIT of asm/unistd.h, which only x86-64 defines.
inline constexpr std::uint32_t kX32Bit = 0x40000000U;

/// What the kernel does with a call (SECCOMP_RET_* in seccomp(2)).
using Answer = std::uint32_t;
inline constexpr Answer kAllow = SECCOMP_RET_ALLOW, kKill = SECCOMP_RET_KILL_PROCESS;
/// The kernel asks the process that holds the filter's listener, unless another filter denies the call.
inline constexpr Answer kNotify = SECCOMP_RET_USER_NOTIF;
constexpr Answer deny(int number) { return SECCOMP_RET_ERRNO | (static_cast<Answer>(number) & SECCOMP_RET_DATA); }

/// What the low 32 bits of an argument must be. The kernel reads flags, modes and descriptors from these bits alone.
struct Condition {
  enum class Test : std::uint8_t { kNothing, kNoneOf, kAllOf, kOneOf } test = Test::kNothing;
  /// kNoneOf and kAllOf have one value, which is the mask.
  std::array<std::uint32_t, 3> values{};
  std::size_t count = 0;
};
consteval Condition none_of(std::uint32_t mask) { return {Condition::Test::kNoneOf, {mask}, 1}; }
consteval Condition all_of(std::uint32_t mask) { return {Condition::Test::kAllOf, {mask}, 1}; }
template <std::size_t count>
consteval Condition one_of(const std::uint32_t (&values)[count]) {
  Condition condition{.test = Condition::Test::kOneOf};
  for (const std::uint32_t value : values) condition.values.at(condition.count++) = value;
  return condition;
}

struct Rule {
  std::uint32_t number = 0;
  Answer with = kKill;
  std::uint8_t argument = 0;
  Condition condition{};
};
/// Gives this answer to a call, whatever its arguments are.
consteval Rule answer(long number, Answer with) { return {static_cast<std::uint32_t>(number), with}; }
consteval Rule allow(long number) { return answer(number, kAllow); }
/// Gives this answer to a call if one of its arguments meets the condition. Otherwise later rules may still fit the
/// call.
consteval Rule when(long number, std::uint8_t argument, const Condition& condition, Answer with) {
  return {static_cast<std::uint32_t>(number), with, argument, condition};
}
/// Allows a call if one of its arguments meets the condition.
consteval Rule narrow(long number, std::uint8_t argument, const Condition& condition) {
  return when(number, argument, condition, kAllow);
}

// The instructions of classic BPF, which read struct seccomp_data (seccomp(2)).
constexpr Instruction load(std::size_t offset) {
  return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset)};
}
constexpr Instruction jump(std::uint16_t test, std::uint32_t value, std::size_t if_true, std::size_t if_false) {
  return {static_cast<std::uint16_t>(BPF_JMP | BPF_K | test), static_cast<std::uint8_t>(if_true),
          static_cast<std::uint8_t>(if_false), value};
}
constexpr Instruction finish(Answer with) { return {BPF_RET | BPF_K, 0, 0, with}; }

/// A filter of at most `rules` rules.
template <std::size_t rules>
class Filter {
 public:
  consteval Filter(std::span<const Rule> list, Answer otherwise, Answer foreign) {
    add(load(offsetof(seccomp_data, arch)));
    add(jump(BPF_JEQ, kOwnArchitecture, 1, 0));
    add(finish(foreign));
    add(load(offsetof(seccomp_data, nr)));
    for (const Rule& rule : list) add(rule);
    add(finish(otherwise));
  }

  /// NOLINTNEXTLINE(google-explicit-constructor): a filter is its instructions
  constexpr operator std::span<const Instruction>() const { return {instructions_.data(), size_}; }

 private:
  constexpr void add(const Instruction& instruction) { instructions_.at(size_++) = instruction; }

  /// Adds the instructions of one rule. The accumulator holds the call's number before the rule and after the rule.
  constexpr void add(const Rule& rule) {
    if ((rule.number & kX32Bit) != 0) throw "a rule must not name an x32 call";
    const std::size_t start = size_;
    add(Instruction{});
    if (rule.condition.test != Condition::Test::kNothing) {
      add(load(offsetof(seccomp_data, args) + sizeof(__u64) * rule.argument));
      add(rule.condition);
    }
    add(finish(rule.with));
    if (rule.condition.test != Condition::Test::kNothing) add(load(offsetof(seccomp_data, nr)));
    instructions_.at(start) = jump(BPF_JEQ, rule.number, 0, size_ - start - 1);
  }

  /// Adds a test: the next instruction runs if the accumulator meets the condition, and is skipped otherwise.
  constexpr void add(const Condition& condition) {
    const std::uint32_t mask = condition.values.front();
    if (condition.test == Condition::Test::kNoneOf) {
      add(jump(BPF_JSET, mask, 1, 0));
    } else if (condition.test == Condition::Test::kAllOf) {
      add(Instruction{BPF_ALU | BPF_AND | BPF_K, 0, 0, mask});
      add(jump(BPF_JEQ, mask, 0, 1));
    } else {
      for (std::size_t left = condition.count; left-- > 0;)
        add(jump(BPF_JEQ, condition.values.at(condition.count - 1 - left), left, left == 0 ? 1 : 0));
    }
  }

  /// Five instructions surround the rules. A rule has four instructions, and one more for each value or two more for a
  /// mask.
  std::array<Instruction, 5 + rules * (4 + Condition{}.values.size())> instructions_{};
  std::size_t size_ = 0;
};

template <std::size_t rules>
consteval Filter<rules> filter(const Rule (&list)[rules], Answer otherwise, Answer foreign = kKill) {
  return Filter<rules>(list, otherwise, foreign);
}
template <std::size_t rules>
consteval Filter<rules> filter(const std::array<Rule, rules>& list, Answer otherwise, Answer foreign = kKill) {
  return Filter<rules>(list, otherwise, foreign);
}

}  // namespace immure::sys::seccomp
