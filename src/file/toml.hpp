/// TOML files that people write, read so that every message names the file, the line and the key.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sys/error.hpp"

// toml++ 3.3 asserts that a table's name begins well, and with NDEBUG under clang assumes it: `[!` aborts, or is
// undefined. The check that follows in its code is right, so the assertion is made empty; it can be replaced only where
// NDEBUG is not set.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")
#include <cassert>  // anew, so that assert() is for the rest of the file what NDEBUG makes of it

namespace immure::file {

/// A value, its key in full and the file: what every message needs.
struct TomlItem {
  const toml::node& node;
  std::string key;
  std::string_view file;

  /// kBadInput with `file:line:key`.
  [[nodiscard]] std::unexpected<Error> bad(std::string_view what, std::string_view hint = {}) const;
};

/// Errors, kBadInput with `file:line`: not TOML, a key given twice, or a character beyond ASCII outside of a comment.
[[nodiscard]] Result<toml::table> parse_toml(std::string_view text, std::string_view file);

/// A text that is not empty and has no NUL.
[[nodiscard]] Result<std::string> toml_text(const TomlItem& item);
/// A list of such texts, of a thousand at most.
[[nodiscard]] Result<std::vector<std::string>> toml_list(const TomlItem& item);

/// `path` as `file` means it: one that is not absolute starts in the directory of `file`.
[[nodiscard]] std::string path_beside(std::string_view file, std::string path);

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
/// `512MiB` with {"MiB", 1 << 20}: the number times its unit's factor. nullopt for another unit, or beyond 64 bits.
[[nodiscard]] std::optional<std::uint64_t> with_unit(std::string_view text, std::span<const Unit> units);

}  // namespace immure::file
