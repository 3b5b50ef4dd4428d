/// Profiles: built in, or a TOML file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "plan/plan.hpp"

namespace immure::plan {

/// `static`, `dynamic`, `python` or `jit`, or the bundled inspector's `inspect`. Error kUsage names the first four.
[[nodiscard]] Result<Profile> builtin_profile(std::string_view name);

/// A profile file. Unknown keys, wrong types, values out of range, keys given twice: kBadInput with `file:line:key`.
/// At most 64 KiB, regular file.
[[nodiscard]] Result<Profile> read_profile(const std::string& path);

/// The same from its text; `file` is for messages, for the profile's name, and for where a relative `unsafe_seccomp`
/// starts.
[[nodiscard]] Result<Profile> parse_profile(std::string_view text, std::string_view file);

/// The text of a built-in profile as TOML, a starting point for an own file (`immure profile show NAME`).
[[nodiscard]] Result<std::string> profile_toml(std::string_view name);

}  // namespace immure::plan
