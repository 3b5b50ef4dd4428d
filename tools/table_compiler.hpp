/// What the programs of the build that turn a TOML file into a C++ table have in common.
#pragma once

#include <cstdio>
#include <exception>
#include <fstream>
#include <sstream>
#include <stdexcept>
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

/// The main function of such a program: compiles the file of the first argument into the file of the second. `compile`
/// throws what is wrong with the text. Returns the exit code: 64 wrong usage, 65 a bad file, 74 a file that cannot be
/// written.
inline int compile_file(int argc, char** argv, std::string (*compile)(const std::string&)) {
  const char* program = argc > 0 ? argv[0] : "";
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s TABLE.toml TABLE.inc\n", program);
    return 64;
  }
  try {
    std::ifstream in(argv[1], std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) throw std::runtime_error("cannot be read");
    std::ofstream out(argv[2], std::ios::binary);
    out << compile(text.str());
    out.close();
    return out ? 0 : 74;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s: %s\n", program, argv[1], error.what());
    return 65;
  }
}

}  // namespace immure::tools
