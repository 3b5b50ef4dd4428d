#include "plan/filter/statement.hpp"

#include <algorithm>
#include <limits>
#include <sstream>

#include <seccomp.h>

#include "plan/filter/constants.hpp"

namespace immure::plan {
namespace {

constexpr std::uint64_t kLow = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kMaxValues = 64;

std::unexpected<Error> bad(const std::string& what, std::string_view hint = {}) {
  return fail(Code::kBadInput, "", what, hint);
}

/// The condition on one argument: the argument must meet one of these rules. `flags`: the rules are a single mask, to
/// which more flags may be added.
struct Condition {
  std::vector<ArgumentRule> any_of;
  bool flags = false;
};

/// Turns the values of an argument into masked comparisons that do not overlap. Joins pairs that differ in one bit, so
/// that 0, 1, 2 and 3 become one comparison.
std::vector<ArgumentRule> joined(std::vector<ArgumentRule> rules) {
  for (unsigned bit = 0; bit < 32; ++bit) {
    const std::uint64_t one = std::uint64_t{1} << bit;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const auto twin = std::ranges::find_if(rules, [&](const ArgumentRule& other) {
        return other.value == rules[i].value && other.second == (rules[i].second ^ one) && (rules[i].value & one) != 0;
      });
      if (twin == rules.end()) continue;
      const auto at = static_cast<std::size_t>(twin - rules.begin());
      ArgumentRule& kept = rules[std::min(i, at)];
      kept.value &= ~one;
      kept.second &= ~one;
      rules.erase(rules.begin() + static_cast<std::ptrdiff_t>(std::max(i, at)));
    }
  }
  return rules;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {
    std::istringstream words{std::string(text)};
    for (std::string word; words >> word;) words_.push_back(word);
  }

  Result<Statement> statement() {
    CHECK_OK(take_machine());
    Statement line{.text = text_, .call = next(), .machine = machine_, .alternatives = {{}}};
    if (::seccomp_syscall_resolve_name(line.call.c_str()) == __NR_SCMP_ERROR)
      return bad("unknown system call `" + line.call + "`");
    if (accept("denied")) {
      if (!accept("with")) return bad("`denied` must be followed by `with` and an errno");
      const std::string name = next();
      const auto error = errno_named(name);
      if (!error) return bad("unknown errno `" + name + "`", "src/plan/filter/constants.cpp knows errnos by name.");
      line.error = *error;
    }
    line.feigned = line.error == 0 && accept("feigned");
    if (accept("if")) {
      do {
        CHECK_OK(condition(line.call));
      } while (accept("and"));
    }
    if (at_ < words_.size())
      return bad("unexpected `" + words_[at_] + "`",
                 "A line is CALL [denied with ERRNO | feigned] [if CONDITION and ...].");
    for (const Condition& one : conditions_) multiply(line, one);
    if (line.alternatives.size() > kMaxValues) return bad("more than 64 combinations of values");
    return line;
  }

 private:
  std::string next() { return at_ < words_.size() ? words_[at_++] : ""; }
  bool accept(std::string_view word) {
    if (at_ >= words_.size() || words_[at_] != word) return false;
    ++at_;
    return true;
  }

  // Read the machine first, because the values of constants depend on it.
  Result<void> take_machine() {
    if (words_.size() < 3 || words_[words_.size() - 2] != "on") return {};
    machine_ = sys::machine_named(words_.back());
    if (!machine_) return bad("unknown machine `" + words_.back() + "`");
    words_.resize(words_.size() - 2);
    return {};
  }

  [[nodiscard]] Result<std::uint64_t> constant(const std::string& name) const {
    const auto found = constant_named(name, machine_.value_or(sys::kThisMachine));
    if (!found)
      return bad("unknown constant `" + name + "`", "src/plan/filter/constants.cpp knows the kernel's constants.");
    if (found->differs && !machine_)
      return bad("`" + name + "` has different values on different machines",
                 "Add `on MACHINE` at the end of the line.");
    return found->value;
  }

  /// Reads flags such as `A|B|C`.
  [[nodiscard]] Result<std::uint64_t> value(std::string_view names) const {
    std::uint64_t sum = 0;
    for (std::size_t from = 0; from <= names.size();) {
      const std::size_t end = std::min(names.find('|', from), names.size());
      TRY(const std::uint64_t one, constant(std::string(names.substr(from, end - from))));
      sum |= one;
      from = end + 1;
    }
    return sum;
  }

  Result<void> condition(const std::string& call) {
    const std::string name = next(), compare = next();
    const auto argument = argument_named(call, name);
    if (!argument)
      return bad("unknown argument `" + name + "` of " + call,
                 "src/plan/filter/constants.cpp knows the arguments of each call.");
    ArgumentRule rule{.index = argument->index};
    if (compare == "is" && argument->wide) return exact(rule, Compare::kEqual, name);
    if (compare == "below" && argument->wide) return exact(rule, Compare::kLess, name);
    if (compare == "at_least" && argument->wide) return exact(rule, Compare::kGreaterEqual, name);
    rule.compare = Compare::kMaskedEqual;
    if (compare == "is" || (compare == "one_of" && !argument->wide)) return one_of(rule, compare == "is", name);
    const bool flags = compare == "none_of" || compare == "all_of" || compare == "only_of";
    if (!flags || argument->wide) return bad("unknown comparison `" + compare + "` for " + name + " of " + call);
    TRY(const std::uint64_t mask, value(next()));
    if (mask == 0 || mask > kLow) return bad("`" + compare + "` wants flags of 32 bits");
    rule.value = compare == "only_of" ? ~mask & kLow : mask;
    rule.second = compare == "all_of" ? mask : 0;
    return add({.any_of = {rule}, .flags = true}, name);
  }

  Result<void> exact(ArgumentRule rule, Compare compare, const std::string& name) {
    rule.compare = compare;
    TRY(rule.value, value(next()));
    return add({.any_of = {rule}}, name);
  }

  Result<void> one_of(ArgumentRule rule, bool single, const std::string& name) {
    std::vector<ArgumentRule> rules;
    rule.value = kLow;
    do {
      TRY(rule.second, value(next()));
      if (rule.second > kLow) return bad("a value of more than 32 bits for " + name);
      if (std::ranges::find(rules, rule.second, &ArgumentRule::second) != rules.end())
        return bad("the same value is listed twice for " + name);
      if (rules.size() == kMaxValues) return bad("more than 64 values for " + name);
      rules.push_back(rule);
    } while (!single && at_ < words_.size() && words_[at_] != "and" && words_[at_] != "ignoring");
    if (!single && accept("ignoring")) {
      TRY(const std::uint64_t ignored, value(next()));
      for (ArgumentRule& one : rules) {
        if ((one.second & ignored) != 0) return bad("a value for " + name + " has a flag that is ignored");
        one.value &= ~ignored;
      }
    }
    return add({.any_of = joined(std::move(rules))}, name);
  }

  /// Docker's format allows one condition for each argument. So flags that must be set and flags that must not be set
  /// become one comparison.
  Result<void> add(Condition condition, const std::string& name) {
    const ArgumentRule& rule = condition.any_of.front();
    for (Condition& before : conditions_) {
      ArgumentRule& first = before.any_of.front();
      if (first.index != rule.index) continue;
      if (!before.flags || !condition.flags) return bad("a second condition on " + name);
      if ((first.value & rule.value & (first.second ^ rule.second)) != 0)
        return bad("two conditions on " + name + " contradict each other");
      first.value |= rule.value;
      first.second |= rule.second;
      return {};
    }
    conditions_.push_back(std::move(condition));
    return {};
  }

  static void multiply(Statement& line, const Condition& condition) {
    std::vector<std::vector<ArgumentRule>> all;
    for (const std::vector<ArgumentRule>& before : line.alternatives)
      for (const ArgumentRule& rule : condition.any_of) {
        all.push_back(before);
        all.back().push_back(rule);
      }
    line.alternatives = std::move(all);
  }

  std::string text_;
  std::vector<std::string> words_;
  std::size_t at_ = 0;
  std::optional<sys::Machine> machine_;
  std::vector<Condition> conditions_;
};

}  // namespace

Result<Statement> parse_statement(std::string_view text) { return Reader(text).statement(); }

}  // namespace immure::plan
