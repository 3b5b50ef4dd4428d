#include "cli/help.hpp"

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/print.hpp"

namespace immure::cli {
namespace {

constexpr auto kExitMeanings = std::to_array<ExitMeaning>({
    {"0, 1", "0: all is well; 1: verify, report: REJECTED; diff: the runs differ"},
    {"3, 5", "3: BLOCKED, nothing was started or appraised; 5: outputs were left out"},
    {"64, 70", "64: wrong usage; 70: a fault of immure or of the system"},
    {"other", "the program's own; 124: the time limit; 128+N: killed by signal N"},
});

// An option with a longer left column has its help behind it where that fits, else on a line of its own.
constexpr std::size_t kWidestLeftColumn = 26;

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string left_column(const Option& option) {
  std::string text = option.letter == 0 ? "  --" : std::string("  -") + option.letter + ", --";
  text += option.name;
  if (!option.argument.empty()) text += " " + std::string(option.argument);
  return text;
}

std::string options_text(const Command& command) {
  std::size_t width = 0;
  const auto widen = [&](const Option& option) {
    const std::size_t size = option.aside ? 0 : left_column(option).size();
    if (size <= kWidestLeftColumn) width = std::max(width, size);
  };
  std::ranges::for_each(command.options, widen);
  std::ranges::for_each(common_options(), widen);
  std::string text;
  const auto append = [&](const Option& option) {
    if (option.aside) return;
    const std::string left = left_column(option);
    constexpr std::size_t kScreen = 80;
    const bool alone = left.size() > width && left.size() + 2 + option.help.size() > kScreen;
    if (alone) text += left + "\n";
    text += padded(alone ? "" : left + "  ", width + 2) + std::string(option.help) + "\n";
  };
  std::ranges::for_each(command.options, append);
  std::ranges::for_each(common_options(), append);
  std::string aside;
  for (const Option& option : command.options)
    if (option.aside) aside += (aside.empty() ? "--" : ", --") + std::string(option.name);
  if (!aside.empty()) text += "Manual page: " + aside + "\n";
  return text;
}

}  // namespace

std::span<const ExitMeaning> exit_meanings() { return kExitMeanings; }

std::string overview_text() {
  std::string text = "immure runs one program with nothing but its input and its output, and proves it.\n\n";
  std::string aside;
  for (const Command& command : commands()) {
    if (command.aside) {
      aside += (aside.empty() ? "  immure " : ", ") + std::string(command.name);
      continue;
    }
    text += padded("  immure " + std::string(command.name), 20) + std::string(command.summary) + "\n";
  }
  text += aside + "\n\nExit codes:\n";
  for (const ExitMeaning& exit : kExitMeanings) {
    text += padded("  " + std::string(exit.code), 9) + std::string(exit.meaning) + "\n";
  }
  return text;
}

std::string help_text(const Command& command) {
  std::string text(command.summary);
  text += ".\nUsage: immure " + std::string(command.name);
  text += command.options.empty() ? "" : " [OPTIONS]";
  if (command.payload) text += " [--]";
  if (!command.operands.empty()) text += " " + std::string(command.operands);
  text += "\n" + options_text(command);
  return text + "Example: " + std::string(command.example) + "\n";
}

std::string_view version() { return IMMURE_VERSION; }

Result<ExitCode> help_command(const Arguments& arguments) {
  if (arguments.operands().empty()) {
    CHECK_OK(print(overview_text()));
    return kSuccess;
  }
  const std::string& name = arguments.operands().front();
  const Command* command = find_command(name);
  if (command == nullptr) return fail(Code::kUsage, "help", "there is no command " + name, "See `immure help`.");
  CHECK_OK(print(help_text(*command)));
  return kSuccess;
}

Result<ExitCode> version_command(const Arguments& arguments) {
  CHECK_OK(
      print(arguments.has("json") ? json_line({{"version", version()}}) : "immure " + std::string(version()) + "\n"));
  return kSuccess;
}

}  // namespace immure::cli
