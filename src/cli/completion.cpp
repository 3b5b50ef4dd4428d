#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/print.hpp"

namespace immure::cli {
namespace {

enum class Values : unsigned char { kNone, kFiles, kDirectories, kWords };

/// How a shell completes an option's argument. The name of the argument in --help decides.
Values values_of(std::string_view argument) {
  if (argument == "DIR") return Values::kDirectories;
  if (argument == "FILE" || argument == "PATH" || argument == "NAME|FILE") return Values::kFiles;
  if (!choices_of(argument).empty()) return Values::kWords;
  return Values::kNone;
}

/// `a|b [C]` as `a b`; empty if the text is not a choice of words.
std::string words_of(std::string_view choice) {
  choice = choice.substr(0, choice.find(' '));
  if (choice.find('|') == std::string_view::npos) return {};
  std::string words(choice);
  for (char& c : words) {
    if (c == '|') c = ' ';
  }
  return words;
}

template <class Visit>
void each_option(const Command& command, const Visit& visit) {
  for (const Option& option : command.options) visit(option);
  for (const Option& option : common_options()) visit(option);
}

/// The commands of one word. A shell completes `immure batch verify` as `immure batch`.
std::vector<Command> one_word_commands() {
  std::vector<Command> found;
  for (const Command& command : commands())
    if (!command.name.contains(' ')) found.push_back(command);
  return found;
}

std::string command_names() {
  std::string names;
  for (const Command& command : one_word_commands()) names += (names.empty() ? "" : " ") + std::string(command.name);
  return names;
}

bool takes_command_name(const Command& command) { return command.operands == "[COMMAND]"; }

std::string bash_values(std::string_view argument) {
  switch (values_of(argument)) {
    case Values::kDirectories: return "COMPREPLY=($(compgen -d -- \"$word\"))";
    case Values::kFiles: return "COMPREPLY=($(compgen -f -- \"$word\"))";
    case Values::kWords: return "COMPREPLY=($(compgen -W '" + words_of(argument) + "' -- \"$word\"))";
    case Values::kNone: return "COMPREPLY=()";
  }
  return {};
}

std::string bash_command(const Command& command) {
  std::string options;
  std::string text = "    " + std::string(command.name) + ")\n      case $previous in\n";
  each_option(command, [&](const Option& option) {
    options += (options.empty() ? "--" : " --") + std::string(option.name);
    if (option.argument.empty()) return;
    text += "        --" + std::string(option.name) + ") " + bash_values(option.argument) + "; return ;;\n";
  });
  text += "      esac\n      options='" + options + "'\n      operands='";
  text += (takes_command_name(command) ? command_names() : words_of(command.operands)) + "'\n      ;;\n";
  return text;
}

std::string bash_text() {
  std::string text =
      "# bash completion for immure\n"
      "_immure() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} options operands\n"
      "  COMPREPLY=()\n"
      "  if ((COMP_CWORD == 1)); then\n"
      "    COMPREPLY=($(compgen -W '" +
      command_names() +
      "' -- \"$word\"))\n"
      "    return\n"
      "  fi\n"
      "  case ${COMP_WORDS[1]} in\n";
  for (const Command& command : one_word_commands()) text += bash_command(command);
  text +=
      "    *) return ;;\n"
      "  esac\n"
      "  if [[ $word == -* ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
      "  elif [[ -n $operands ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$operands\" -- \"$word\"))\n"
      "  else\n"
      "    COMPREPLY=($(compgen -f -- \"$word\"))\n"
      "  fi\n"
      "}\n"
      "complete -o filenames -F _immure immure\n";
  return text;
}

/// Help text inside single quotes, where zsh's _arguments also gives a meaning to brackets and colons.
std::string zsh_help(std::string_view help) {
  std::string text;
  for (const char c : help) {
    if (c == '\'') {
      text += "'\\''";
      continue;
    }
    if (c == '[' || c == ']' || c == ':') text += '\\';
    text += c;
  }
  return text;
}

std::string zsh_values(std::string_view argument) {
  if (argument.empty()) return {};
  switch (values_of(argument)) {
    case Values::kDirectories: return ":directory:_files -/";
    case Values::kFiles: return ":file:_files";
    case Values::kWords: return ":value:(" + words_of(argument) + ")";
    case Values::kNone: return ":value: ";
  }
  return {};
}

std::string zsh_operands(const Command& command) {
  if (command.payload) return " '*:: :_normal'";
  if (takes_command_name(command)) return " '1:command:(" + command_names() + ")'";
  if (const std::string words = words_of(command.operands); !words.empty()) return " '1:what:(" + words + ")'";
  return command.most == 0 ? "" : " '*:file:_files'";
}

std::string zsh_text() {
  std::string text =
      "#compdef immure\n"
      "_immure() {\n"
      "  local -a commands=(\n";
  for (const Command& command : one_word_commands()) {
    text += "    '" + std::string(command.name) + ":" + zsh_help(command.summary) + "'\n";
  }
  text +=
      "  )\n"
      "  if ((CURRENT == 2)); then\n"
      "    _describe command commands\n"
      "    return\n"
      "  fi\n"
      "  local chosen=$words[2]\n"
      "  shift words\n"
      "  ((CURRENT--))\n"
      "  case $chosen in\n";
  for (const Command& command : one_word_commands()) {
    text += "    " + std::string(command.name) + ") _arguments";
    each_option(command, [&](const Option& option) {
      text += std::string(" '") + (option.repeatable ? "*" : "") + "--" + std::string(option.name) + "[" +
              zsh_help(option.help) + "]" + zsh_values(option.argument) + "'";
    });
    text += zsh_operands(command) + " ;;\n";
  }
  // zsh runs an installed script as the function itself, and a script that a user has sourced must name its function.
  return text +
         "  esac\n}\nif [[ $funcstack[1] == _immure ]]; then\n  _immure \"$@\"\nelse\n  compdef _immure immure\nfi\n";
}

std::string fish_quoted(std::string_view text) {
  std::string escaped = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped + "'";
}

std::string fish_values(std::string_view argument) {
  if (argument.empty()) return {};
  switch (values_of(argument)) {
    case Values::kDirectories: return " -x -a '(__fish_complete_directories)'";
    case Values::kFiles: return " -r -F";
    case Values::kWords: return " -x -a '" + words_of(argument) + "'";
    case Values::kNone: return " -x";
  }
  return {};
}

std::string fish_text() {
  std::string text = "# fish completion for immure\n";
  for (const Command& command : one_word_commands()) {
    const std::string name(command.name);
    const std::string when = "complete -c immure -n '__fish_seen_subcommand_from " + name + "'";
    text += "complete -c immure -f -n __fish_use_subcommand -a " + name + " -d " + fish_quoted(command.summary) + "\n";
    each_option(command, [&](const Option& option) {
      text += when + " -l " + std::string(option.name);
      if (option.letter != 0) text += std::string(" -s ") + option.letter;
      text += fish_values(option.argument) + " -d " + fish_quoted(option.help) + "\n";
    });
    const std::string words = takes_command_name(command) ? command_names() : words_of(command.operands);
    if (!words.empty()) text += when + " -f -a '" + words + "'\n";
  }
  return text;
}

}  // namespace

Result<std::string> completion_text(std::string_view shell) {
  if (shell == "bash") return bash_text();
  if (shell == "zsh") return zsh_text();
  if (shell == "fish") return fish_text();
  return fail(Code::kUsage, "completion", "there is no script for " + std::string(shell),
              "There are bash, zsh and fish.");
}

Result<ExitCode> completion_command(const Arguments& arguments) {
  const std::string& shell = arguments.operands().front();
  TRY(const std::string text, completion_text(shell));
  CHECK_OK(print(arguments.has("json") ? json_line({{"script", text}, {"shell", shell}}) : text));
  return kSuccess;
}

}  // namespace immure::cli
