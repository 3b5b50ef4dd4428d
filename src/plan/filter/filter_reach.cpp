#include <cstddef>
#include <optional>

#include "plan/filter/bpf_eval.hpp"
#include "plan/filter/filter.hpp"

namespace immure::plan {
namespace {

/// Follows calls through a filter. Where a jump depends on something unknown, the call goes both ways.
class Ways {
 public:
  Ways(std::span<const sys::Instruction> filter, std::uint32_t architecture)
      : filter_(filter), architecture_(architecture), followed_(filter.size()) {}

  [[nodiscard]] bool let_through(std::uint32_t number) {
    number_ = number;
    ++round_;
    return allow(0, std::nullopt);
  }

 private:
  /// True if one of the ways from `at` ends in ALLOW. `a`: the accumulator, or nothing if its value is unknown.
  bool allow(std::size_t at, std::optional<std::uint32_t> a) {
    for (; at < filter_.size(); ++at) {
      const sys::Instruction& step = filter_[at];
      switch (step.code) {
        case bpf::kReturn: return step.operand == kRetAllow;
        case bpf::kJump: at += step.operand; continue;
        case bpf::kLoadImmediate: a = step.operand; continue;
        case bpf::kLoad: a = loaded(step.operand); continue;
        case bpf::kAnd:
          if (a) *a &= step.operand;
          continue;
        default: break;
      }
      const std::optional<bool> taken = holds(step, a.value_or(0));
      if (!taken) return true;  // an instruction that this code does not know may do anything
      if (a) {
        at += *taken ? step.jump_true : step.jump_false;
        continue;
      }
      // Jumps only go forward, so do not follow the ways from here a second time.
      if (followed_[at] == round_) return false;
      followed_[at] = round_;
      if (allow(at + 1 + step.jump_true, a)) return true;
      at += step.jump_false;
    }
    return true;  // past the end of the filter
  }

  [[nodiscard]] std::optional<std::uint32_t> loaded(std::uint32_t offset) const {
    if (offset == offsetof(Call, number)) return number_;
    if (offset == offsetof(Call, architecture)) return architecture_;
    return std::nullopt;
  }

  std::span<const sys::Instruction> filter_;
  std::uint32_t architecture_, number_ = 0, round_ = 0;
  std::vector<std::uint32_t> followed_;  ///< for each instruction: the last round in which its jump went both ways
};

}  // namespace

std::vector<std::uint32_t> let_through(std::span<const sys::Instruction> filter, std::uint32_t architecture,
                                       std::uint32_t first) {
  std::vector<std::uint32_t> numbers;
  Ways ways(filter, architecture);
  for (std::uint32_t number = first; number < first + sys::kCallNumbers; ++number)
    if (ways.let_through(number)) numbers.push_back(number);
  return numbers;
}

}  // namespace immure::plan
