/// Reads TOML files that people write. Every message names the file, the line and the key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sys/error.hpp"

namespace immure::file {

struct TomlNode;
using TomlArray = std::vector<TomlNode>;
using TomlTable = std::map<std::string, TomlNode, std::less<>>;
/// The day of a date, with or without a time of day, as YYYY-MM-DD.
struct TomlDay {
  std::string text;
};

/// One value of a TOML file. A value that is only a time of day becomes the empty alternative, because none of our
/// files has one.
struct TomlNode {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, TomlDay, TomlArray, TomlTable> value;
  std::size_t line = 0;

  /// The value if it has exactly the type T, and otherwise nullptr.
  template <class T>
  [[nodiscard]] const T* get() const {
    return std::get_if<T>(&value);
  }
};

/// A value, its full key and its file: everything that a message needs.
struct TomlItem {
  const TomlNode& node;
  std::string key;
  std::string_view file;

  /// An error kBadInput with `file:line:key`.
  [[nodiscard]] std::unexpected<Error> bad(std::string_view what, std::string_view hint = {}) const;
};

/// Parses a file. Errors, kBadInput with `file:line`: not TOML, a key given twice, or a character beyond ASCII outside
/// of a comment.
[[nodiscard]] Result<TomlTable> parse_toml(std::string_view text, std::string_view file);

/// The text of an item. Error: not a text, an empty text, or a text with a NUL.
[[nodiscard]] Result<std::string> toml_text(const TomlItem& item);
/// The texts of a list, at most a thousand. Errors: those of toml_text() for each text.
[[nodiscard]] Result<std::vector<std::string>> toml_list(const TomlItem& item);

/// Resolves a path that is written in `file`: a relative path starts in the directory of `file`.
[[nodiscard]] std::string path_beside(std::string_view file, std::string path);

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
/// The number of a text such as `512MiB`, times the factor of its unit, e.g. {"MiB", 1 << 20}. nullopt for an unknown
/// unit, or if the result needs more than 64 bits.
[[nodiscard]] std::optional<std::uint64_t> with_unit(std::string_view text, std::span<const Unit> units);

}  // namespace immure::file
