#include "plan/image/wrapper.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <span>

#include "sys/file.hpp"
#include "text/list.hpp"

namespace immure::plan {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Characters that mean nothing to a shell, inside quotes or outside.
bool is_constant(char c) { return is_letter(c) || is_digit(c) || std::string_view("/.,:+-@%=").contains(c); }

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view kBlanks = " \t";
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  return line.substr(0, line.find_last_not_of(kBlanks) + 1);
}

/// Reads words of a command as a POSIX shell does. Each function returns false for anything that it does not
/// understand, and then the script is no wrapper.
class Words {
 public:
  Words(std::string_view rest, const Variables& variables) : rest_(rest), variables_(variables) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  /// Takes the next word and the blanks behind it.
  bool take(std::string& word) {
    word.clear();
    bool any = false;
    while (!rest_.empty() && rest_.front() != ' ' && rest_.front() != '\t') {
      any = true;
      if (!take_piece(word)) return false;
    }
    rest_ = trimmed(rest_);
    return any;
  }

  /// Takes `"$@"`, which must be the last word.
  bool take_all_arguments() {
    if (rest_ != "\"$@\"" && rest_ != "${1+\"$@\"}" && rest_ != "${1:+\"$@\"}") return false;
    rest_ = {};
    return true;
  }

 private:
  bool take_piece(std::string& word) {
    const char c = rest_.front();
    if (c == '\'') return take_single_quoted(word);
    if (c == '"') return take_double_quoted(word);
    if (!is_constant(c)) return false;
    word += c;
    rest_.remove_prefix(1);
    return true;
  }

  bool take_single_quoted(std::string& word) {
    const std::size_t end = rest_.find('\'', 1);
    if (end == std::string_view::npos) return false;
    word += rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return true;
  }

  bool take_double_quoted(std::string& word) {
    rest_.remove_prefix(1);
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '"') {
        rest_.remove_prefix(1);
        return true;
      }
      if (c == '`' || c == '\\') return false;
      if (c == '$') {
        if (!take_variable(word)) return false;
        continue;
      }
      word += c;
      rest_.remove_prefix(1);
    }
    return false;
  }

  bool take_variable(std::string& word) {
    rest_.remove_prefix(1);
    const bool in_braces = rest_.starts_with('{');
    if (in_braces) rest_.remove_prefix(1);
    std::size_t length = 0;
    while (length < rest_.size() && (is_letter(rest_[length]) || is_digit(rest_[length]))) ++length;
    const auto known = variables_.find(rest_.substr(0, length));
    rest_.remove_prefix(length);
    if (in_braces && !rest_.starts_with('}')) return false;
    if (in_braces) rest_.remove_prefix(1);
    if (known == variables_.end()) return false;
    word += known->second;
    return true;
  }

  std::string_view rest_;
  const Variables& variables_;
};

/// Notes `name=constant`. Returns false for any other line. Names in capitals may be variables of the environment,
/// which the program would see.
bool assign(std::string_view line, Variables& variables) {
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos || equals == 0) return false;
  const std::string_view name = line.substr(0, equals);
  if (!std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; })) return false;
  std::string value;
  Words words(line.substr(equals + 1), variables);
  if (!words.at_end() && (!words.take(value) || !words.at_end())) return false;
  variables.insert_or_assign(std::string(name), std::move(value));
  return true;
}

/// Forgets what a line that is not understood may change.
void forget(std::string_view line, Variables& variables) {
  std::erase_if(variables, [&](const auto& variable) { return line.contains(variable.first); });
}

/// Takes the rest of a text in double quotes, which may have many lines, from the front of `rest`, with the line end
/// behind it. Returns false if the text may execute something, or if something stands behind it.
bool skip_quoted(std::string_view& rest) {
  for (std::size_t at = 0; at < rest.size(); ++at) {
    const char c = rest[at];
    if (c == '`' || rest.substr(at).starts_with("$(")) return false;
    if (c == '\\') ++at;
    if (c != '"') continue;
    const std::size_t end = std::min(rest.find('\n', at), rest.size());
    if (!trimmed(rest.substr(at + 1, end - at - 1)).empty()) return false;
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return true;
  }
  return false;
}

/// Skips `name="any text"` at the front of `text`, whose value nobody can know, and forgets the variable.
bool skip_text(std::string_view& text, Variables& variables) {
  const std::size_t equals = text.find("=\"");
  if (equals == std::string_view::npos || equals == 0) return false;
  const std::string_view name = text.substr(0, equals);
  if (!std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; })) return false;
  std::string_view rest = text.substr(equals + 2);
  if (!skip_quoted(rest)) return false;
  if (const auto known = variables.find(name); known != variables.end()) variables.erase(known);
  text = rest;
  return true;
}

/// Skips the lines of `case $1 in` until `esac`, and notes the patterns. Returns false for a pattern that can fit an
/// argument without a dash.
bool skip_case(std::string_view& text, std::vector<std::string>& handled) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line == "esac") {
      text = rest;
      return true;
    }
    // Each arm has one line, so that no line is anything but an arm.
    const std::size_t close = line.find(')');
    if (!line.starts_with('-') || line.find(";;") + 2 != line.size() || close == std::string_view::npos) return false;
    std::string_view patterns = line.substr(0, close);
    while (!patterns.empty()) {
      const std::size_t bar = std::min(patterns.find('|'), patterns.size());
      const std::string_view pattern = trimmed(patterns.substr(0, bar));
      patterns.remove_prefix(std::min(bar + 1, patterns.size()));
      if (!pattern.starts_with('-')) return false;
      handled.emplace_back(std::ranges::all_of(pattern, is_constant) ? pattern : "*");
    }
  }
  return false;
}

std::optional<Wrapper> parse_exec(std::string_view line, const Variables& variables) {
  constexpr std::string_view kExec = "exec ";
  if (!line.starts_with(kExec)) return std::nullopt;
  Words words(trimmed(line.substr(kExec.size())), variables);
  Wrapper wrapper;
  std::string word;
  while (!words.take_all_arguments()) {
    if (!words.take(word)) return std::nullopt;
    if (wrapper.program.empty()) {
      // An option of exec, or nothing that has a name.
      if (word.empty() || word.starts_with('-') || word.contains('=')) return std::nullopt;
      wrapper.program = word;
    } else {
      wrapper.arguments.push_back(word);
    }
    if (words.at_end()) return std::nullopt;
  }
  if (wrapper.program.empty() || wrapper.program.contains('\0')) return std::nullopt;
  return wrapper;
}

}  // namespace

bool Wrapper::is_plain_for(const std::vector<std::string>& given) const {
  if (!plain || given.empty()) return plain;
  return std::ranges::none_of(handled, [&](const std::string& pattern) {
    return pattern == "*" ? given.front().starts_with('-') : given.front() == pattern;
  });
}

bool is_shell_line(const ScriptLine& line) {
  constexpr auto kShells = std::to_array<std::string_view>({"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"});
  constexpr auto kArguments = std::to_array<std::string_view>({"", "-", "-e", "-u", "-eu", "-ue"});
  const std::string_view name = std::string_view(line.interpreter).substr(line.interpreter.rfind('/') + 1);
  return std::ranges::find(kShells, name) != kShells.end() &&
         std::ranges::find(kArguments, line.argument) != kArguments.end();
}

std::optional<Wrapper> parse_wrapper(std::string_view text) {
  if (text.size() > kLongestWrapper || text.contains('\0')) return std::nullopt;
  Variables variables;
  std::vector<std::string> handled;
  std::optional<Wrapper> found;
  bool plain = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    if (!found && !assign(line, variables) && skip_text(text, variables)) continue;
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    // A command stands behind the exec, so the exec is part of something larger.
    if (found) return std::nullopt;
    found = parse_exec(line, variables);
    if (found || assign(line, variables) || line == "set -e" || line == "set -u" || line == "set -eu") continue;
    if ((line == "case $1 in" || line == "case \"$1\" in") && skip_case(text, handled)) continue;
    plain = false;
    forget(line, variables);
  }
  if (!found) return std::nullopt;
  // The shell looks up a name without a slash in PATH; a path with a slash inside starts in the working directory.
  found->plain = plain && (found->program.starts_with('/') || !found->program.contains('/'));
  found->handled = std::move(handled);
  return found;
}

std::vector<std::string> programs_started(std::string_view text) {
  if (text.size() > kLongestWrapper || text.contains('\0')) return {};
  constexpr std::string_view kExec = "exec ";
  Variables variables;
  std::vector<std::string> programs;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (assign(line, variables) || !line.starts_with(kExec)) continue;
    Words words(trimmed(line.substr(kExec.size())), variables);
    std::string program;
    // A word of other characters is a redirection, or a name that only the shell can know.
    if (!words.take(program) || program.empty() || program.starts_with('-')) continue;
    if (std::ranges::find(programs, program) == programs.end()) programs.push_back(std::move(program));
  }
  return programs;
}

std::string read_shell_script(int script, const ScriptLine& line) {
  if (!is_shell_line(line)) return {};
  std::string text(kLongestWrapper + 1, '\0');
  const auto size = sys::read_at(script, std::as_writable_bytes(std::span(text)), 0);
  text.resize(size.value_or(0));
  return text;
}

std::vector<std::string> note_other_programs(std::vector<std::string>& notes, const std::string& script,
                                             const std::optional<Wrapper>& wrapper, std::string_view text) {
  constexpr std::size_t kShown = 3;
  std::vector<std::string> programs = programs_started(text);
  if (wrapper) {
    std::string command = wrapper->program;
    for (const std::string& argument : wrapper->arguments) command += " " + argument;
    notes.push_back(
        script +
        " is a script that ends by starting another program, and a cell denies that without --exec. Perhaps "
        "the program itself does what you want: " +
        command);
  } else if (!programs.empty()) {
    notes.push_back(script + " is a script that may start another program, and a cell denies that without --exec: " +
                    text::list_text(programs, kShown) + ". If the script fails, start that program itself");
  }
  return programs;
}

}  // namespace immure::plan
