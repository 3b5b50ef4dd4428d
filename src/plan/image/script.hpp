/// Reads the first line of a script (execve(2), "Interpreter scripts").
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sys/error.hpp"

namespace immure::plan {

struct ScriptLine {
  std::string interpreter;  ///< an absolute path, or the name for which `#!/usr/bin/env NAME` looks
  std::string argument;     ///< the rest of the line as one argument; may be empty
  friend bool operator==(const ScriptLine&, const ScriptLine&) = default;
};

/// Reads the `#!` line from `start`, the first bytes of a file. Returns nothing if the bytes do not begin with `#!`.
/// Error kBadInput, with `where` in the message: the line has no end or no interpreter, the interpreter is not an
/// absolute path, or `env` has options or assignments.
[[nodiscard]] Result<std::optional<ScriptLine>> parse_script_line(std::string_view start, std::string_view where);

/// Like parse_script_line(), for an open file.
[[nodiscard]] Result<std::optional<ScriptLine>> read_script_line(int fd, std::string_view where);

}  // namespace immure::plan
