/// Filters as people write and read them: named groups of system calls, each with a sentence that says what the group
/// opens. profiles/groups.toml has the built-in groups, and immure makes Docker's JSON from these groups.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "plan/filter/statement.hpp"

namespace immure::plan {

struct GroupLine {
  Statement statement;
  std::string place;  ///< `file:line:key`, for messages
};

/// Lines that have the same reason.
struct GroupRule {
  std::string because;  ///< a sentence; empty for the group's plain `calls`, whose reason is the group's own sentence
  std::vector<GroupLine> lines;
};

struct Group {
  std::string name;
  std::string opens;  ///< a sentence
  std::vector<GroupRule> rules;
};

struct Groups {
  std::vector<Group> groups;                                 ///< in the order of the file
  std::map<std::string, std::vector<std::string>> profiles;  ///< the groups of each profile, by name, base first

  /// The groups of a profile, in the order of the file. Error kUsage if there is no such profile.
  [[nodiscard]] Result<std::vector<const Group*>> of(std::string_view profile) const;
};

/// The name of a profile's filter with pairs of sockets.
[[nodiscard]] std::string with_socket_pairs(std::string_view profile);

/// Errors: kBadInput with `file:line:key`: not TOML, an unknown key, group, call, argument or constant, a group that no
/// profile has, or a call that is named again in a profile that answers it already whatever its arguments.
[[nodiscard]] Result<Groups> parse_groups(std::string_view text, std::string_view file);

/// The text of profiles/groups.toml, compiled in.
[[nodiscard]] Result<Groups> builtin_groups();

/// The filter of a profile in Docker's format, for all machines. The comment of each entry has its group and its
/// reason.
[[nodiscard]] Result<std::string> docker_json(const Groups& groups, std::string_view profile);

}  // namespace immure::plan
