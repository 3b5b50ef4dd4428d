/// Guesses what the user meant if the program could not do its work in the cell. Hints are lines for people: nothing
/// depends on them, and the code only looks at names on the host.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace immure::cli {

/// The facts from which end_hints() makes its lines.
struct HintFacts {
  std::string program;                ///< path inside the image of the file that was executed
  bool is_shim = false;               ///< shim_hint() returned a line, which says the same as the hint for shells
  std::vector<std::string> operands;  ///< the words after the program on the command line
  std::string image;                  ///< the directory that the cell has as its root
  std::string input_name;             ///< the input directory as the operator named it; empty: the input has parts
  std::string input_path;             ///< the same, absolute and resolved
  std::string workdir = "/";          ///< where the program started
  bool has_helpers = false;           ///< the program could start the programs that --exec names
  bool refused_in_workdir = false;    ///< the program could not write a file of its working directory
};

/// Recognises a shim: a program that only starts another program of the same name. pyenv, rbenv, nodenv, asdf and mise
/// put shims into PATH, and a cell denies the second exec. `path` is the program as PATH or the operator names it.
/// Returns a line that names the program to start, or nothing if the path is not a shim.
[[nodiscard]] std::optional<std::string> shim_hint(const std::string& path);

/// The program that a shim starts, if nothing but the shim's own directory decides that: one version is installed or
/// chosen for the whole user, and neither a variable nor a file of the working directory names another one. Otherwise
/// nothing.
[[nodiscard]] std::optional<std::string> program_behind_shim(const std::string& path);

/// A line for a user who gave immure data on its standard input, because the program does not get the data without
/// --stdin. Returns nothing if no data is waiting at this moment. Does not read the data.
[[nodiscard]] std::optional<std::string> unread_input_hint();

/// Lines for a program that ended with `exit_code`; none if the exit code is 0 or no hint would help.
[[nodiscard]] std::vector<std::string> end_hints(const HintFacts& facts, int exit_code);

}  // namespace immure::cli
