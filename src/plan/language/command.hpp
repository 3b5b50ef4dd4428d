/// What an interpreter was asked to run, as its command line says.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace immure::plan {

/// The options of an interpreter that decide what it runs. Letters can stand together in one argument (`-Ic CODE`).
struct OptionLetters {
  std::string_view code;              ///< take source code: `c` of python3
  std::string_view module;            ///< take the name of a module: `m` of python3
  std::string_view value;             ///< take any other value, in the same or the next argument
  std::string_view attached;          ///< take the rest of the same argument
  std::string_view file;              ///< take the name of the script
  std::string_view long_code = {};    ///< long options that take code, each with a blank in front and behind
  std::string_view long_module = {};  ///< long options that take a module
  std::string_view long_value = {};   ///< long options that take any other value
  bool module_ends = false;           ///< the interpreter's own options end with the module: `python3 -m NAME ...`
};

struct Command {
  std::vector<std::string> code;      ///< sources on the command line
  std::vector<std::string> modules;   ///< modules that are named by an option
  std::optional<std::size_t> script;  ///< index of the argument that names the script
};

[[nodiscard]] Command command_of(std::span<const std::string> arguments, const OptionLetters& letters);

}  // namespace immure::plan
