/// Recognises shell scripts that only start another program. A cell denies a second exec, so immure starts that program
/// itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plan/image/script.hpp"

namespace immure::plan {

/// The largest script that is read. Scripts that only start a program are far smaller.
inline constexpr std::size_t kLongestWrapper = 64U << 10U;

/// What a script executes at its end.
struct Wrapper {
  std::string program;                 ///< as the script names it: a path or a name
  std::vector<std::string> arguments;  ///< constant arguments; the script's own arguments follow
  /// The script does nothing else, unless its first argument is in `handled`. If not, the program is only a hint for
  /// people.
  bool plain = false;
  /// First arguments for which the script does something else, such as `--help`. A `*` stands for each argument that
  /// begins with a dash.
  std::vector<std::string> handled = {};

  [[nodiscard]] bool is_plain_for(const std::vector<std::string>& given) const;
};

/// True for an interpreter that parse_wrapper() understands, with an argument that changes nothing for such a script.
[[nodiscard]] bool is_shell_line(const ScriptLine& line);

/// Reads a shell script whose last command is `exec PROGRAM [ARGUMENT...] "$@"`, where PROGRAM and each ARGUMENT is a
/// constant, or a variable to which the script has assigned a constant before. Nothing for any other script, and if the
/// function does not understand a part of these words. A plain script besides only assigns variables, and handles some
/// first arguments by `case $1 in`.
[[nodiscard]] std::optional<Wrapper> parse_wrapper(std::string_view text);

/// The programs that a shell script may start in its own place: the PROGRAM of each line that begins with
/// `exec PROGRAM`, as far as the function understands the word. This is only a hint for people.
[[nodiscard]] std::vector<std::string> programs_started(std::string_view text);

/// The text of an open script whose first line is `line`; empty if the script is for no shell, or cannot be read. A
/// script that is too long for the functions above comes with one byte too many.
[[nodiscard]] std::string read_shell_script(int script, const ScriptLine& line);

/// Adds what the operator should know about the script `text` that is no plain wrapper, but may start other programs.
/// Returns these programs; adds nothing if there are none.
std::vector<std::string> note_other_programs(std::vector<std::string>& notes, const std::string& script,
                                             const std::optional<Wrapper>& wrapper, std::string_view text);

}  // namespace immure::plan
