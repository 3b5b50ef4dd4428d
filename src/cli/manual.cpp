#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/exit_meanings.hpp"
#include "cli/help.hpp"
#include "cli/manual_page.hpp"
#include "cli/print.hpp"
#include "file/io.hpp"
#include "inspect/option_table.hpp"
#include "text/json_writer.hpp"

namespace immure::cli {
namespace {

constexpr unsigned kReadable = 0644;

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

std::string option_entries(const Command& command) {
  std::string text;
  for (const Option& option : command.options) {
    if (!option.heading.empty()) text += ".PP\n.I " + roff(option.heading) + "\n";
    text += option_entry(option);
  }
  return text;
}

std::string example_lines(const Command& command) { return ".nf\n.RS\n" + roff(command.example) + "\n.RE\n.fi\n"; }

std::string command_section(const Command& command) {
  std::string text = ".SS immure " + roff(command.name);
  if (!command.operands.empty()) text += " " + roff(command.operands);
  text += "\n" + roff(command.summary) + ".\n.PP\n" + roff(command.about) + "\n" + option_entries(command);
  return text + ".PP\nExample:\n.PP\n" + example_lines(command);
}

std::string exit_entry(const ExitMeaning& exit) {
  return ".TP\n.B " + roff(exit.code) + "\n" + roff(exit.meaning) + "\n";
}

std::string environment_section() {
  return ".SH ENVIRONMENT\n"
         ".TP\n.B NO_COLOR\nIf set and not empty, nothing is coloured.\n"
         ".TP\n.B IMMURE_CACHE\nWhere packed images are kept; else /var/cache/immure for root and ~/.cache/immure for "
         "others.\n"
         ".TP\n.B IMMURE_CACHE_SIZE\nHow much the kept images may take, such as 512MiB; else 4GiB. The least recently "
         "used ones go.\n";
}

std::string title(const std::string& name) {
  return ".TH " + name + " 1 \"\" \"immure " + roff(version()) + "\" \"User Commands\"\n";
}

/// The name of a command's page: `immure-run` for `run`.
std::string page_name(const Command& command) { return "immure-" + std::string(command.name); }

std::string upper_case(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

/// The options of the program that `immure inspect` starts in a cell, for whoever starts the program in another
/// sandbox.
std::string inspector_section() {
  std::string text =
      ".SH THE PROGRAM IMMURE\\-INSPECT\n"
      "immure inspect starts the program immure\\-inspect in a cell. Inside of another sandbox that denies as much, "
      "you can start the program yourself. The program does not start outside of a sandbox. It has these options:\n";
  for (const inspect::OptionText& option : inspect::kOptionTexts)
    text += option_entry(
        {.name = option.name, .argument = option.argument, .help = option.help, .repeatable = option.repeatable});
  return text;
}

/// Writes immure.1 and the page of each command into a directory.
Result<std::vector<std::string>> write_pages(const std::string& directory) {
  std::vector<std::string> names{"immure.1"};
  CHECK_OK(file::write_whole(directory + "/" + names.front(), manual_text(), kReadable));
  for (const Command& command : commands()) {
    names.push_back(page_name(command) + ".1");
    CHECK_OK(file::write_whole(directory + "/" + names.back(), manual_text(command), kReadable));
  }
  return names;
}

}  // namespace

std::string manual_text() {
  std::string text = title("IMMURE");
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
    text += exit_entry(exit);
  }
  return text + environment_section();
}

std::string manual_text(const Command& command) {
  const std::string name = page_name(command);
  std::string text = title(roff(upper_case(name))) + ".SH NAME\n" + roff(name) + " \\- " + roff(command.summary) + "\n";
  text += ".SH SYNOPSIS\n.B immure " + roff(command.name) + "\n[OPTIONS]";
  if (!command.operands.empty()) text += " " + roff(command.operands);
  text += "\n.SH DESCRIPTION\n" + roff(command.about) + "\n.SH OPTIONS\n" + option_entries(command);
  if (!command.options.empty()) text += ".PP\n.I Every command\n";
  for (const Option& option : common_options()) text += option_entry(option);
  text += ".SH EXIT STATUS\n";
  for (const ExitMeaning& exit : exit_meanings(command.name)) text += exit_entry(exit);
  text += environment_section();
  if (command.name == "inspect") text += inspector_section();
  return text + ".SH EXAMPLES\n" + example_lines(command) + ".SH SEE ALSO\n.BR immure (1)\n";
}

Result<ExitCode> manual_command(const Arguments& arguments) {
  const auto directory = arguments.value("output");
  if (directory && !arguments.operands().empty())
    return fail(Code::kUsage, "--output", "writes the pages of all commands", "Leave out the name of the command.");
  if (directory) {
    TRY(const std::vector<std::string> names, write_pages(*directory));
    if (arguments.has("json"))
      CHECK_OK(print(json_line([&](text::JsonWriter& json) { json.object().member("pages", names).close(); })));
    return kSuccess;
  }
  std::string page = manual_text();
  if (!arguments.operands().empty()) {
    const std::string& name = arguments.operands().front();
    const Command* command = find_command(name);
    if (command == nullptr) return fail(Code::kUsage, "manual", "there is no command " + name, "See `immure help`.");
    page = manual_text(*command);
  }
  // A file or a pipe gets the page for man(1), as `immure manual > immure.1` needs it.
  if (!arguments.has("json") && ::isatty(STDOUT_FILENO) == 1) {
    CHECK_OK(show_manual(page));
    return kSuccess;
  }
  CHECK_OK(print(arguments.has("json") ? json_line({{"manual", page}}) : page));
  return kSuccess;
}

}  // namespace immure::cli
