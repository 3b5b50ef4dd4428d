/// What the build programs that write C++ tables from TOML files have in common.
#pragma once

#include <string>
#include <string_view>

#include "file/toml.hpp"

namespace immure::tools {

/// A string literal with one quoted line for each line of text, because compilers limit the length of one quoted line.
inline std::string literal(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n\"\n    \"";
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + "\"";
}

/// The value of `key`, or nullptr if there is no such key or the value has another type.
template <class T>
const T* value_of(const file::TomlTable& table, std::string_view key) {
  const auto found = table.find(key);
  return found == table.end() ? nullptr : found->second.get<T>();
}

}  // namespace immure::tools
