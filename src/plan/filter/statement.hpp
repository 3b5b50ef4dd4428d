/// One line of a group: a system call, the conditions on its arguments, and the errno if the line denies the call. The
/// comment at the start of profiles/groups.toml describes the form of such a line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plan/filter/filter_source.hpp"
#include "sys/machine.hpp"

namespace immure::plan {

struct Statement {
  std::string text;  ///< as written
  std::string call;
  std::uint16_t error = 0;              ///< the errno that denies the call; 0: the call is allowed, or feigned
  bool feigned = false;                 ///< the filter answers 0, and the kernel does not do the call
  std::optional<sys::Machine> machine;  ///< the only machine to which this line applies; nothing: all machines
  /// The line applies if all conditions of one of these entries hold. If the only entry is empty, the line always
  /// applies.
  std::vector<std::vector<ArgumentRule>> alternatives;

  /// True if the line applies to all arguments.
  [[nodiscard]] bool always() const { return alternatives.size() == 1 && alternatives.front().empty(); }
};

/// Error kBadInput without a place: an unknown call, argument, constant, errno or comparison; a second condition on an
/// argument that contradicts the first one, or a constant that other machines have with another value.
[[nodiscard]] Result<Statement> parse_statement(std::string_view text);

}  // namespace immure::plan
