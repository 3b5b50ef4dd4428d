/// Reads profiles: the built-in ones and TOML files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.hpp"

namespace immure::plan {

/// Returns a built-in profile: `static`, `dynamic`, `python`, `jit`, or `inspect` for the bundled inspector. Error
/// kUsage names the first four.
[[nodiscard]] Result<Profile> builtin_profile(std::string_view name);

/// True if `name` names a file: the name of a file has a slash or a dot, and the name of a built-in profile has
/// neither.
[[nodiscard]] bool is_profile_file(std::string_view name);

/// Reads a profile file, a regular file of at most 64 KiB. Error kBadInput, with `file:line:key`: a key is unknown or
/// given twice, a value has the wrong type or is out of range.
[[nodiscard]] Result<Profile> read_profile(const std::string& path);

/// Returns the built-in profile with this name, or reads the profile file. Errors: those of the two functions above.
[[nodiscard]] Result<Profile> profile_called(const std::string& name);

/// Like read_profile(), for a text. `file` is for messages and for the name of the profile, and a relative
/// `unsafe_seccomp` starts in the directory of `file`.
[[nodiscard]] Result<Profile> parse_profile(std::string_view text, std::string_view file);

/// Why `unsafe_exec` cannot list this program; empty if it can.
[[nodiscard]] std::string unfit_helper(std::string_view name);

/// The bytes of a size such as `256MiB`, as a profile writes sizes; nullopt for any other text.
[[nodiscard]] std::optional<std::uint64_t> size_named(std::string_view text);

/// The reverse of size_named().
[[nodiscard]] std::string size_text(std::uint64_t bytes);

/// The range of `scratch` and --tmp.
inline constexpr std::uint64_t kLeastScratch = 64ULL << 10, kMostScratch = 16ULL << 40;

struct LimitText {
  std::string key, value;  ///< as in a profile file: `memory`, `2GiB`
};
/// All limits that a profile sets.
[[nodiscard]] std::vector<LimitText> limit_texts(const probe::Limits& limits);

/// The TOML text of a built-in profile, as a start for a profile file (`immure profile show NAME`). Error kUsage.
[[nodiscard]] Result<std::string> profile_toml(std::string_view name);

}  // namespace immure::plan
