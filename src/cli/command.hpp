/// The command table: table.cpp has every command with its options and its example, once. Parsing, --help, the manual
/// page and the completions use this table.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.hpp"
#include "sys/error.hpp"

namespace immure::cli {

struct Option {
  std::string_view name;  ///< without the two dashes
  char letter = 0;        ///< short form, or 0
  /// The name of the value in --help; empty for a switch, which takes no value. For `FILE` and `DIR` a shell completes
  /// names of files and directories. For `a|b` the value must be `a` or `b`.
  std::string_view argument;
  std::string_view help;  ///< one line
  bool repeatable = false;
  /// The title of a group of options, of which this option is the first; empty: the option belongs to the group before.
  std::string_view heading = {};
};

class Arguments;

struct Command {
  std::string_view name;
  std::string_view operands;  ///< as --help shows them; empty: the command takes none
  std::size_t least = 0, most = 0;
  bool aside = false;        ///< the overview names all such commands in one line, without their summaries
  bool payload = false;      ///< the first operand ends the options: the words after it belong to the program
  bool defaults = false;     ///< configuration files set options that the command line lacks (config.hpp)
  std::string_view summary;  ///< one line, no full stop
  std::string_view about;    ///< a few lines that --help and the manual page show
  std::string_view example;  ///< one real command line
  std::span<const Option> options;
  Result<ExitCode> (*start)(const Arguments& arguments) = nullptr;
};

/// All commands, in the order in which `immure help` shows them.
[[nodiscard]] std::span<const Command> commands();
/// Options that every command has besides its own.
[[nodiscard]] std::span<const Option> common_options();
/// The command of this name, or nullptr.
[[nodiscard]] const Command* find_command(std::string_view name);

inline constexpr std::size_t kAnyNumber = 65'536;

/// `a`, `b` of an option's argument `a|b`; nothing for an argument that is no choice, such as `FILE` or `NAME|FILE`.
[[nodiscard]] std::vector<std::string_view> choices_of(std::string_view argument);

/// A parsed command line. Looking up an option that the command's table does not have is a bug, so the look-up throws
/// std::logic_error.
class Arguments {
 public:
  explicit Arguments(const Command& command) : command_(&command) {}

  [[nodiscard]] const Command& command() const { return *command_; }
  [[nodiscard]] bool has(std::string_view option) const;
  /// The first option on the command line that is not among `known`, or nothing.
  [[nodiscard]] std::optional<std::string_view> other_than(std::span<const std::string_view> known) const;
  /// The value of an option that takes a value, or nothing if the option was not given.
  [[nodiscard]] std::optional<std::string> value(std::string_view option) const;
  [[nodiscard]] std::vector<std::string> values(std::string_view option) const;
  [[nodiscard]] const std::vector<std::string>& operands() const { return operands_; }
  /// The value of an option that must be given. Error kUsage names the command and the option.
  [[nodiscard]] Result<std::string> required(std::string_view option) const;

  /// The options and operands as words of a command line, with each option spelled out, and without those of
  /// configuration files.
  [[nodiscard]] std::vector<std::string> words() const;

  void add(const Option& option, std::string value) {
    given_.push_back({option.name, std::move(value), !option.argument.empty(), {}});
  }
  /// Adds an option that a configuration file sets; `where` is the place in the file.
  void add_default(const Option& option, std::string value, std::string where) {
    given_.push_back({option.name, std::move(value), !option.argument.empty(), std::move(where)});
  }
  /// Where a configuration file sets this option; empty for an option of the command line.
  [[nodiscard]] std::string origin(std::string_view option) const;
  void set_operands(std::vector<std::string> operands) { operands_ = std::move(operands); }

 private:
  struct Given {
    std::string_view name;
    std::string value;
    bool takes_value = false;
    std::string where = {};
  };
  void expect_known(std::string_view option) const;

  const Command* command_;
  std::vector<Given> given_;
  std::vector<std::string> operands_;
};

/// Parses what follows the command's name. Options are spelled out in full (an abbreviation could change its meaning
/// with the next version). Errors, kUsage: an unknown option (names the nearest one), a missing or superfluous value, a
/// value that is none of the choices, an option given twice, too few or too many operands. With --help among the
/// options no operands are demanded.
[[nodiscard]] Result<Arguments> parse(const Command& command, std::span<char* const> arguments);

/// The candidate that is most like `word`, or empty if none is like it.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace immure::cli
