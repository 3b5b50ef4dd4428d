/// Profiles: built in, or a TOML file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.hpp"

namespace immure::plan {

/// `static`, `dynamic`, `python` or `jit`, or the bundled inspector's `inspect`. Error kUsage names the first four.
[[nodiscard]] Result<Profile> builtin_profile(std::string_view name);

/// A profile file. Unknown keys, wrong types, values out of range, keys given twice: kBadInput with `file:line:key`.
/// At most 64 KiB, regular file.
[[nodiscard]] Result<Profile> read_profile(const std::string& path);

/// The built-in profile of this name, or the profile file: a file has a slash or a dot in its name, built-in profiles
/// have neither. Errors: those of the two functions above.
[[nodiscard]] Result<Profile> profile_called(const std::string& name);

/// The same as read_profile() from its text; `file` is for messages, for the profile's name, and for where a relative
/// `unsafe_seccomp` starts.
[[nodiscard]] Result<Profile> parse_profile(std::string_view text, std::string_view file);

struct LimitText {
  std::string key, value;  ///< as a profile file has them: `memory`, `2GiB`
};
/// All limits that a profile sets.
[[nodiscard]] std::vector<LimitText> limit_texts(const probe::Limits& limits);

/// The text of a built-in profile as TOML, a starting point for an own file (`immure profile show NAME`).
[[nodiscard]] Result<std::string> profile_toml(std::string_view name);

}  // namespace immure::plan
