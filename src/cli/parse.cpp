#include <algorithm>
#include <optional>
#include <stdexcept>

#include "cli/command.hpp"

namespace immure::cli {
namespace {

std::string dashed(std::string_view name) { return "--" + std::string(name); }

std::string help_hint(const Command& command) { return "See `immure " + std::string(command.name) + " --help`."; }

std::vector<const Option*> options_of(const Command& command) {
  std::vector<const Option*> options;
  for (const Option& option : command.options) options.push_back(&option);
  for (const Option& option : common_options()) options.push_back(&option);
  return options;
}

/// Reads a command line from left to right, as getopt_long(3) does, but accepts options only by their exact names.
class Parser {
 public:
  Parser(const Command& command, std::span<char* const> words)
      : options_(options_of(command)), words_(words), parsed_(command) {}

  Result<Arguments> parse() {
    std::vector<std::string> operands;
    bool options_ended = false;
    while (next_ < words_.size()) {
      const std::string_view word = words_[next_++];
      if (!options_ended && word == "--") {
        options_ended = true;
      } else if (!options_ended && word.starts_with("--")) {
        CHECK_OK(take_long(word));
      } else if (!options_ended && is_cluster(word)) {
        CHECK_OK(take_cluster(word));
      } else {
        // The options after the program are the program's own.
        options_ended = options_ended || command().payload;
        operands.emplace_back(word);
      }
    }
    parsed_.set_operands(std::move(operands));
    if (!parsed_.has("help")) CHECK_OK(check_operands());
    return std::move(parsed_);
  }

 private:
  [[nodiscard]] const Command& command() const { return parsed_.command(); }

  template <class... What>
  [[nodiscard]] std::unexpected<Error> wrong(const What&... what) const {
    std::string text;
    (text.append(what), ...);
    return fail(Code::kUsage, command().name, text, help_hint(command()));
  }

  /// `-` alone is an operand, because people use it for standard input. A negative number is an operand too, because no
  /// short option is a digit.
  static bool is_cluster(std::string_view word) {
    return word.size() > 1 && word[0] == '-' && !(word[1] >= '0' && word[1] <= '9');
  }

  /// `--name`, `--name=value` or `--name value`.
  Result<void> take_long(std::string_view word) {
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(2, equals - 2);
    const auto option = std::ranges::find(options_, name, &Option::name);
    if (option == options_.end()) return unknown_name(name);
    if (equals == std::string_view::npos) return take(**option, std::nullopt);
    if ((*option)->argument.empty()) return wrong(dashed(name), " takes no value");
    return take(**option, word.substr(equals + 1));
  }

  /// `-vh` means `-v -h`. The text after a letter that takes a value is the value: `-j4` means `-j 4`.
  Result<void> take_cluster(std::string_view word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const auto option = std::ranges::find(options_, word[i], &Option::letter);
      if (option == options_.end()) return wrong("there is no option -", word.substr(i, 1));
      const bool takes_rest = !(*option)->argument.empty() && i + 1 < word.size();
      CHECK_OK(take(**option, takes_rest ? std::optional(word.substr(i + 1)) : std::nullopt));
      if (takes_rest) return {};
    }
    return {};
  }

  /// If the option's own word does not contain the value, the next word is the value, even if it begins with a dash.
  Result<void> take(const Option& option, std::optional<std::string_view> value) {
    const std::string name = dashed(option.name);
    if (!option.argument.empty()) {
      if (!value && next_ == words_.size()) return wrong(name, " needs a value: ", option.argument);
      if (!value) value = words_[next_++];
      if (!option.repeatable && parsed_.has(option.name)) return wrong(name, " is given twice");
      CHECK_OK(check_choice(option, *value));
    }
    parsed_.add(option, std::string(value.value_or("")));
    return {};
  }

  Result<void> check_choice(const Option& option, std::string_view value) const {
    const std::vector<std::string_view> choices = choices_of(option.argument);
    if (choices.empty() || std::ranges::find(choices, value) != choices.end()) return {};
    std::string list;
    for (const std::string_view choice : choices) {
      list += list.empty() ? "" : choice == choices.back() ? " or " : ", ";
      list += choice;
    }
    return fail(Code::kUsage, command().name, dashed(option.name) + " cannot be " + std::string(value),
                "Choose " + list + ".");
  }

  [[nodiscard]] std::unexpected<Error> unknown_name(std::string_view name) const {
    std::vector<std::string_view> names;
    for (const Option* option : options_) names.push_back(option->name);
    const std::string_view near = nearest(name, names);
    return fail(Code::kUsage, command().name, "there is no option " + dashed(name),
                near.empty() ? help_hint(command()) : "Did you mean " + dashed(near) + "?");
  }

  [[nodiscard]] Result<void> check_operands() const {
    const std::vector<std::string>& operands = parsed_.operands();
    if (operands.size() > command().most) return wrong("unexpected argument ", operands[command().most]);
    if (operands.size() < command().least) return wrong(command().operands, " is missing");
    return {};
  }

  std::vector<const Option*> options_;
  std::span<char* const> words_;
  std::size_t next_ = 0;
  Arguments parsed_;
};

}  // namespace

std::vector<std::string_view> choices_of(std::string_view argument) {
  std::vector<std::string_view> choices;
  if (argument.find('|') == std::string_view::npos) return choices;
  for (std::size_t start = 0; start <= argument.size();) {
    const std::size_t end = std::min(argument.find('|', start), argument.size());
    const std::string_view choice = argument.substr(start, end - start);
    // Words in capitals, as in `NAME|FILE`, describe a value and are no choices.
    if (choice.empty() || (choice[0] >= 'A' && choice[0] <= 'Z')) return {};
    choices.push_back(choice);
    start = end + 1;
  }
  return choices;
}

void Arguments::expect_known(std::string_view option) const {
  const auto is_it = [option](const Option& each) { return each.name == option; };
  if (std::ranges::any_of(command_->options, is_it) || std::ranges::any_of(common_options(), is_it)) return;
  throw std::logic_error("immure " + std::string(command_->name) +
                         " looks up an option that its table does not have: " + dashed(option));
}

bool Arguments::has(std::string_view option) const { return value(option).has_value(); }

std::optional<std::string_view> Arguments::other_than(std::span<const std::string_view> known) const {
  for (const Given& given : given_) {
    if (std::ranges::find(known, given.name) == known.end()) return given.name;
  }
  return std::nullopt;
}

std::optional<std::string> Arguments::value(std::string_view option) const {
  expect_known(option);
  for (const Given& given : given_) {
    if (given.name == option) return given.value;
  }
  return std::nullopt;
}

std::vector<std::string> Arguments::values(std::string_view option) const {
  expect_known(option);
  std::vector<std::string> values;
  for (const Given& given : given_) {
    if (given.name == option) values.push_back(given.value);
  }
  return values;
}

std::string Arguments::origin(std::string_view option) const {
  const auto given = std::ranges::find(given_, option, &Given::name);
  return given == given_.end() ? std::string() : given->where;
}

std::vector<std::string> Arguments::words() const {
  std::vector<std::string> words;
  for (const Given& given : given_) {
    if (!given.where.empty()) continue;
    words.push_back(dashed(given.name));
    if (given.takes_value) words.push_back(given.value);
  }
  words.emplace_back("--");
  words.insert(words.end(), operands_.begin(), operands_.end());
  return words;
}

Result<std::string> Arguments::required(std::string_view option) const {
  if (auto found = value(option)) return *std::move(found);
  return fail(Code::kUsage, command_->name, dashed(option) + " is missing", help_hint(*command_));
}

Result<Arguments> parse(const Command& command, std::span<char* const> arguments) {
  return Parser(command, arguments).parse();
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    if (word.size() >= 2 && candidate.starts_with(word)) return candidate;
    std::vector<std::size_t> row(candidate.size() + 1);
    for (std::size_t j = 0; j <= candidate.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= word.size(); ++i) {
      std::size_t diagonal = std::exchange(row[0], i);
      for (std::size_t j = 1; j <= candidate.size(); ++j) {
        const std::size_t replaced = diagonal + (word[i - 1] == candidate[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
      }
    }
    if (row.back() < best_distance) {
      best = candidate;
      best_distance = row.back();
    }
  }
  return best;
}

}  // namespace immure::cli
