#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/exit_meanings.hpp"
#include "cli/help.hpp"
#include "cli/manual_page.hpp"
#include "cli/print.hpp"

namespace immure::cli {
namespace {

/// Escapes text for roff. A leading dot or quote would be a request, and without `\-` roff does not print the hyphen
/// character that a reader must be able to copy.
std::string roff(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else if ((c == '.' || c == '\'') && escaped.empty()) {
      escaped += "\\&";
      escaped += c;
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string option_entry(const Option& option) {
  std::string text = ".TP\n.B ";
  if (option.letter != 0) text += std::string("\\-") + option.letter + ", ";
  text += "\\-\\-" + roff(option.name);
  if (!option.argument.empty()) text += " \\fI" + roff(option.argument) + "\\fR";
  text += "\n" + roff(option.help);
  if (option.repeatable) text += "; may be given more than once";
  return text + "\n";
}

std::string command_section(const Command& command) {
  std::string text = ".SS immure " + roff(command.name);
  if (!command.operands.empty()) text += " " + roff(command.operands);
  text += "\n" + roff(command.summary) + ".\n.PP\n" + roff(command.about) + "\n";
  for (const Option& option : command.options) {
    if (!option.heading.empty()) text += ".PP\n.I " + roff(option.heading) + "\n";
    text += option_entry(option);
  }
  return text + ".PP\nExample:\n.PP\n.nf\n.RS\n" + roff(command.example) + "\n.RE\n.fi\n";
}

}  // namespace

std::string manual_text() {
  std::string text = ".TH IMMURE 1 \"\" \"immure " + roff(version()) + "\"\n";
  text += ".SH NAME\nimmure \\- run one program with nothing but its input and its output, and prove it\n";
  text += ".SH SYNOPSIS\n.B immure\n.I COMMAND\n[OPTIONS]\n";
  text += ".SH OPTIONS OF EVERY COMMAND\n";
  for (const Option& option : common_options()) text += option_entry(option);
  text += ".SH COMMANDS\n";
  for (const Command& command : commands()) text += command_section(command);
  text += ".SH EXIT STATUS\n";
  std::string_view commands;
  for (const ExitMeaning& exit : exit_meanings()) {
    if (exit.commands != commands) text += ".SS " + roff(exit.commands) + "\n";
    commands = exit.commands;
    text += ".TP\n.B " + roff(exit.code) + "\n" + roff(exit.meaning) + "\n";
  }
  text += ".SH ENVIRONMENT\n";
  text += ".TP\n.B NO_COLOR\nIf set and not empty, nothing is coloured.\n";
  text +=
      ".TP\n.B IMMURE_CACHE\nWhere packed images are kept; else /var/cache/immure for root and ~/.cache/immure for "
      "others.\n";
  text +=
      ".TP\n.B IMMURE_CACHE_SIZE\nHow much the kept images may take, such as 512MiB; else 4GiB. The least recently "
      "used "
      "ones go.\n";
  return text;
}

Result<ExitCode> manual_command(const Arguments& arguments) {
  // A file or a pipe gets the page for man(1), as `immure manual > immure.1` needs it.
  if (!arguments.has("json") && ::isatty(STDOUT_FILENO) == 1) {
    CHECK_OK(show_manual(manual_text()));
    return kSuccess;
  }
  CHECK_OK(print(arguments.has("json") ? json_line({{"manual", manual_text()}}) : manual_text()));
  return kSuccess;
}

}  // namespace immure::cli
