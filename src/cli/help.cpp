#include "cli/help.hpp"

#include <algorithm>
#include <ranges>

#include "cli/commands.hpp"
#include "cli/exit_meanings.hpp"
#include "cli/known_programs_text.hpp"
#include "cli/print.hpp"
#include "text/wrap.hpp"

namespace immure::cli {
namespace {

/// The operands of `immure help` that are not commands.
constexpr std::string_view kExitCodesTopic = "exit-codes", kProgramsTopic = "programs";

// The left column is at most this wide. The help of an option with a longer left column begins in the next line.
constexpr std::size_t kWidestLeftColumn = 26, kScreen = 80;

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
    const std::size_t size = left_column(option).size();
    if (size <= kWidestLeftColumn) width = std::max(width, size);
  };
  std::ranges::for_each(command.options, widen);
  std::ranges::for_each(common_options(), widen);
  std::string text;
  const auto append = [&](const Option& option) {
    if (!option.heading.empty()) text += std::string(option.heading) + ":\n";
    const std::string left = left_column(option);
    const std::size_t column = width + 2;
    const bool alone = left.size() > width;
    if (alone) text += left + "\n";
    text += padded(alone ? "" : left, column);
    const std::vector<std::string> lines = text::wrapped(option.help, kScreen - column);
    for (std::size_t i = 0; i < lines.size(); ++i) text += (i == 0 ? "" : std::string(column, ' ')) + lines[i] + "\n";
  };
  std::ranges::for_each(command.options, append);
  if (std::ranges::any_of(command.options, [](const Option& option) { return !option.heading.empty(); }))
    text += "Every command:\n";
  std::ranges::for_each(common_options(), append);
  return text;
}

}  // namespace

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
  return text + aside +
         "\n\nExit codes (`immure help exit-codes` lists them for each command):\n"
         "  0 success or ACCEPTED, 1 REJECTED or different, 3 BLOCKED, 64 wrong usage,\n"
         "  70 immure or the system failed. run: the program's own code, 5 outputs are left\n"
         "  out, 124 the time limit was reached, 128 + N signal N killed the program\n";
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
  std::string name = arguments.operands().front();
  for (const std::string& word : arguments.operands() | std::views::drop(1)) name += " " + word;
  if (name == kExitCodesTopic) {
    CHECK_OK(print(exit_codes_text()));
    return kSuccess;
  }
  if (name == kProgramsTopic) {
    CHECK_OK(print(known_programs_text()));
    return kSuccess;
  }
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
