/// What a person probably meant whose program could not do its work in the cell. Hints are lines for people: nothing
/// depends on them, and they only look at names on the host.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace immure::cli {

/// What the hints on a run's end are made from.
struct HintFacts {
  std::string program;                ///< path inside the image of the file that was executed
  bool is_shim = false;               ///< shim_hint() had a line, which says what the hint for shells would say
  std::vector<std::string> operands;  ///< what stood behind the program on the command line
  std::string image;                  ///< the directory that the cell has as its root
  std::string input_name;             ///< the input directory as the operator named it; empty: the input has parts
  std::string input_path;             ///< the same, absolute and resolved
  std::string workdir = "/";          ///< where the program started
};

/// A program that only starts another one of its name, as pyenv, rbenv, nodenv, asdf and mise put them into PATH: a
/// cell denies that second exec. `path` is the program as PATH or the operator names it. Returns a line that names the
/// program to start, or nothing if the path is no such program.
[[nodiscard]] std::optional<std::string> shim_hint(const std::string& path);

/// A line for a user who gave immure something on its standard input, which the program does not get without --stdin;
/// nothing if there is nothing to read at this moment. Reads nothing.
[[nodiscard]] std::optional<std::string> unread_input_hint();

/// Lines for a program that ended with `exit_code`; none if it ended with 0 or nothing is known that would help.
[[nodiscard]] std::vector<std::string> end_hints(const HintFacts& facts, int exit_code);

}  // namespace immure::cli
