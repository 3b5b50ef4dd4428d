/// Finds what a Python source imports, without executing the source. The source is hostile input: the scanner reads any
/// bytes, and finds few or no imports in text that is not Python.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace immure::plan {

struct PythonImport {
  std::size_t level = 0;           ///< the number of dots in front of the name: 2 for `from ..a import b`
  std::string module;              ///< `a.b`; empty for `from . import b`
  std::vector<std::string> names;  ///< for `from a import b, c`: `b` and `c`, which may be modules
  bool distribution = false;       ///< the name is that of an installed distribution: `__requires__ = "a==1"`
  /// True for an import that the source can do without: an import inside of `try`, `if` or a function (any that does
  /// not start its line), or a name in a text.
  bool optional = false;
  friend bool operator==(const PythonImport&, const PythonImport&) = default;
};

/// All imports of a source, at most 4,096: statements anywhere, and `import_module`, `__import__` and `__requires__`
/// with a constant text.
[[nodiscard]] std::vector<PythonImport> python_imports(std::string_view source);

}  // namespace immure::plan
