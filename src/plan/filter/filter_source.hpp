/// Reads a seccomp profile in Docker's JSON format.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sys/error.hpp"

namespace immure::plan {

enum class Action : std::uint8_t { kAllow, kErrno, kKillThread, kKillProcess };
enum class Compare : std::uint8_t { kNotEqual, kLess, kLessEqual, kEqual, kGreaterEqual, kGreater, kMaskedEqual };

struct ArgumentRule {
  std::uint32_t index = 0;  ///< 0..5
  Compare compare = Compare::kEqual;
  std::uint64_t value = 0;   ///< for kMaskedEqual: the mask
  std::uint64_t second = 0;  ///< for kMaskedEqual: the value that the masked argument must have

  friend bool operator==(const ArgumentRule&, const ArgumentRule&) = default;
};

/// Names of calls, an action, and the conditions on arguments under which the action applies.
struct FilterRule {
  std::string pointer;  ///< JSON pointer of the entry, for messages
  std::vector<std::string> names;
  Action action = Action::kAllow;
  std::uint16_t number = 1;  ///< errno of kErrno
  std::vector<ArgumentRule> arguments;
};

struct FilterSource {
  std::uint16_t default_errno = 1;
  std::vector<FilterRule> rules;  ///< the rules for this architecture and a program without capabilities
};

/// Errors: kBadInput, `where` is `file: JSON pointer`: not JSON, an unknown key, action, operator or architecture, a
/// foreign architecture allowed, a default that is not an errno, a value out of range, or a rule that depends on the
/// kernel's version.
[[nodiscard]] Result<FilterSource> parse_filter_source(std::string_view json, std::string_view file);

}  // namespace immure::plan
