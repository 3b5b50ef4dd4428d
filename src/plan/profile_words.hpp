/// What a profile lets a program do, in words: for people who read one profile, or compare two.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plan/plan.hpp"

namespace immure::plan {

/// One thing that two profiles say differently. A side is absent where that profile has nothing of this name.
struct ProfileDifference {
  enum class Kind : std::uint8_t { kGroup, kCall, kLimit, kKey };
  Kind kind;
  std::string name;  ///< of a group, limit or key; of a call, its line: `openat if flags none_of O_CREAT|__O_TMPFILE`
  std::optional<std::string> first, second;  ///< a group's sentence, a limit's or key's value; empty for a call
};

/// Returns differences of groups first, then of calls, limits and keys; nothing for two equal profiles. Errors: those
/// of an `unsafe_seccomp` file.
[[nodiscard]] Result<std::vector<ProfileDifference>> compare_profiles(const Profile& first, const Profile& second);

/// The groups that a built-in profile opens, their calls, and the reasons of their conditions, as lines of at most 118
/// characters, except where a condition is longer. Error kUsage for a profile that does not exist.
[[nodiscard]] Result<std::string> groups_text(std::string_view profile);

}  // namespace immure::plan
