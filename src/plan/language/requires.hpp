/// Finds the modules that sources of Perl, Ruby, Lua, JavaScript and PHP name by a constant text. The sources are
/// hostile input and are never executed. A name in a comment counts too; at worst, the image then has a file too many.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace immure::plan {

struct Required {
  std::string path;       ///< as a path without an ending: `Image/ExifTool`, `./lib/util`
  bool relative = false;  ///< relative to the directory of the source itself
  friend bool operator==(const Required&, const Required&) = default;
};

/// Each function returns at most 4,096 names.
[[nodiscard]] std::vector<Required> perl_requires(std::string_view source);  ///< `use A::B`, `require A::B`, `use base`
[[nodiscard]] std::vector<Required> ruby_requires(std::string_view source);  ///< require, require_relative, load
[[nodiscard]] std::vector<Required> lua_requires(std::string_view source);   ///< `require "a.b"`
[[nodiscard]] std::vector<Required> node_requires(std::string_view source);  ///< require(), import, `export … from`
[[nodiscard]] std::vector<Required> php_requires(std::string_view source);   ///< include, require, with `__DIR__ .`

/// The names of the packages on which a package.json says that it depends, including optional dependencies.
[[nodiscard]] std::vector<std::string> package_dependencies(std::string_view json);

}  // namespace immure::plan
