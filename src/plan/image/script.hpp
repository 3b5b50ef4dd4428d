/// The first line of a script.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sys/error.hpp"

namespace immure::plan {

struct ScriptLine {
  std::string interpreter;  ///< an absolute path, or the name that `#!/usr/bin/env NAME` looks for
  std::string argument;     ///< the rest of the line, one argument; may be empty
  friend bool operator==(const ScriptLine&, const ScriptLine&) = default;
};

/// Nothing if `start`, the first bytes of a file, does not begin with `#!`. Errors: kBadInput (`where` is put into
/// them): a line without end or interpreter, an interpreter that is not an absolute path, `env` with options or
/// assignments.
[[nodiscard]] Result<std::optional<ScriptLine>> parse_script_line(std::string_view start, std::string_view where);

/// The same, from an open file.
[[nodiscard]] Result<std::optional<ScriptLine>> read_script_line(int fd, std::string_view where);

}  // namespace immure::plan
