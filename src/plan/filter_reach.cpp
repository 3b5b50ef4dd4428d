#include <bitset>
#include <cstddef>
#include <optional>

#include "plan/bpf_eval.hpp"
#include "plan/filter.hpp"

namespace immure::plan {
namespace {

/// One call's way through a filter, with what is not known of it going both ways.
class Ways {
 public:
  Ways(std::span<const sys::Instruction> filter, std::uint32_t number, std::uint32_t architecture)
      : filter_(filter), number_(number), architecture_(architecture) {}

  /// True if one of the ways from `at` ends in ALLOW. `a`: the accumulator, nothing where it may be anything.
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
      if (!taken) return true;  // an instruction that is not understood may do anything
      if (a) {
        at += *taken ? step.jump_true : step.jump_false;
        continue;
      }
      // Jumps go forward alone, so what was once followed from here needs no second time.
      if (followed_.test(at)) return false;
      followed_.set(at);
      if (allow(at + 1 + step.jump_true, a)) return true;
      at += step.jump_false;
    }
    return true;  // beyond its end
  }

 private:
  [[nodiscard]] std::optional<std::uint32_t> loaded(std::uint32_t offset) const {
    if (offset == offsetof(Call, number)) return number_;
    if (offset == offsetof(Call, architecture)) return architecture_;
    return std::nullopt;
  }

  std::span<const sys::Instruction> filter_;
  std::uint32_t number_, architecture_;
  std::bitset<sys::kMaxInstructions> followed_;
};

}  // namespace

std::vector<std::uint32_t> let_through(std::span<const sys::Instruction> filter, std::uint32_t architecture,
                                       std::uint32_t first) {
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t number = first; number < first + sys::kCallNumbers; ++number)
    if (Ways(filter, number, architecture).allow(0, std::nullopt)) numbers.push_back(number);
  return numbers;
}

}  // namespace immure::plan
