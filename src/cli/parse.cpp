#include <getopt.h>

#include <algorithm>
#include <cstring>

#include "cli/command.hpp"

namespace immure::cli {
namespace {

// getopt_long tells options apart by an int; short letters are below it.
constexpr int kFirstLong = 1000;

/// Everything getopt_long wants, made from the table.
struct Table {
  std::vector<const Option*> options;
  std::vector<std::string> names;
  std::vector<::option> long_options;
  std::string letters;
};

Table make_table(const Command& command) {
  Table table;
  for (const Option& option : command.options) table.options.push_back(&option);
  for (const Option& option : common_options()) table.options.push_back(&option);
  for (const Option* option : table.options) table.names.emplace_back(option->name);
  // '+': the payload's own options are not ours. ':': a missing value is reported apart from an unknown option.
  table.letters = command.payload ? "+:" : ":";
  for (std::size_t i = 0; i < table.options.size(); ++i) {
    const Option& option = *table.options[i];
    const bool takes_value = !option.argument.empty();
    table.long_options.push_back({table.names[i].c_str(), takes_value ? required_argument : no_argument, nullptr,
                                  kFirstLong + static_cast<int>(i)});
    if (option.letter != 0) {
      table.letters += option.letter;
      if (takes_value) table.letters += ':';
    }
  }
  table.long_options.push_back({nullptr, 0, nullptr, 0});
  return table;
}

const Option* option_of(const Table& table, int answer) {
  if (answer >= kFirstLong) return table.options[static_cast<std::size_t>(answer - kFirstLong)];
  for (const Option* option : table.options) {
    if (option->letter == answer) return option;
  }
  return nullptr;
}

std::string dashed(const Option& option) { return "--" + std::string(option.name); }

std::string help_hint(const Command& command) { return "See `immure " + std::string(command.name) + " --help`."; }

std::unexpected<Error> unknown_option(const Command& command, const Table& table, std::string_view text) {
  std::string_view word = text.substr(0, text.find('='));
  const std::string shown(word);
  std::string hint = help_hint(command);
  if (word.starts_with("--")) {
    word.remove_prefix(2);
    std::vector<std::string_view> candidates(table.names.begin(), table.names.end());
    if (const std::string_view near = nearest(word, candidates); !near.empty()) {
      hint = "Did you mean --" + std::string(near) + "?";
    }
  }
  return fail(Code::kUsage, command.name, "there is no option " + shown, hint);
}

/// The argument that getopt_long has just taken a long option from. Not for a cluster of short options (`-vh`): inside
/// a cluster getopt_long has not moved on yet, and this would return the argument before the cluster.
std::string_view taken_from(const std::vector<char*>& argv) {
  const auto index = static_cast<std::size_t>(optind);
  const bool value_apart = optarg != nullptr && optarg == argv[index - 1];
  return argv[index - (value_apart ? 2 : 1)];
}

bool is_abbreviated(const Option& option, std::string_view text) {
  return text.starts_with("--") && text.substr(2, text.find('=') - 2) != option.name;
}

Result<void> check_operands(const Command& command, const Arguments& arguments) {
  const std::size_t count = arguments.operands().size();
  if (count > command.most) {
    const std::string& extra = arguments.operands()[command.most];
    return fail(Code::kUsage, command.name, "nothing is to follow here: " + extra, help_hint(command));
  }
  if (count < command.least) {
    return fail(Code::kUsage, command.name, std::string(command.operands) + " is missing", help_hint(command));
  }
  return {};
}

Result<void> take(Arguments& arguments, const Table& table, int answer, const std::vector<char*>& argv) {
  const Command& command = arguments.command();
  if (answer == '?' || answer == ':') {
    const Option* option = optopt == 0 ? nullptr : option_of(table, optopt);
    if (option == nullptr) {
      const bool letter = optopt != 0;
      return unknown_option(
          command, table,
          letter ? std::string{'-', static_cast<char>(optopt)} : argv[static_cast<std::size_t>(optind) - 1]);
    }
    const std::string_view what = answer == ':' ? " needs a value: " : " takes no value";
    return fail(Code::kUsage, command.name,
                dashed(*option) + std::string(what) + (answer == ':' ? std::string(option->argument) : ""),
                help_hint(command));
  }
  const Option& option = *option_of(table, answer);
  if (answer >= kFirstLong && is_abbreviated(option, taken_from(argv)))
    return unknown_option(command, table, taken_from(argv));
  if (!option.repeatable && !option.argument.empty() && arguments.value(option.name)) {
    return fail(Code::kUsage, command.name, dashed(option) + " is given twice", help_hint(command));
  }
  arguments.add(option, optarg != nullptr ? optarg : "");
  return {};
}

}  // namespace

bool Arguments::has(std::string_view option) const {
  return std::ranges::any_of(given_, [&](const Given& given) { return given.name == option; });
}

std::optional<std::string_view> Arguments::other_than(std::span<const std::string_view> known) const {
  for (const Given& given : given_) {
    if (std::ranges::find(known, given.name) == known.end()) return given.name;
  }
  return std::nullopt;
}

std::optional<std::string> Arguments::value(std::string_view option) const {
  for (const Given& given : given_) {
    if (given.name == option) return given.value;
  }
  return std::nullopt;
}

std::vector<std::string> Arguments::values(std::string_view option) const {
  std::vector<std::string> values;
  for (const Given& given : given_) {
    if (given.name == option) values.push_back(given.value);
  }
  return values;
}

Result<std::string> Arguments::required(std::string_view option) const {
  if (auto found = value(option)) return *std::move(found);
  return fail(Code::kUsage, command_->name, "--" + std::string(option) + " is missing", help_hint(*command_));
}

Result<Arguments> parse(const Command& command, std::span<char* const> arguments) {
  const Table table = make_table(command);
  // getopt_long reorders what it is given, and wants a name in front.
  std::string name(command.name);
  std::vector<char*> argv{name.data()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const auto count = static_cast<int>(argv.size());
  argv.push_back(nullptr);

  Arguments parsed(command);
  optind = 0;  // glibc starts anew only with 0
  opterr = 0;
  while (true) {
    const int answer = ::getopt_long(count, argv.data(), table.letters.c_str(), table.long_options.data(), nullptr);
    if (answer == -1) break;
    CHECK_OK(take(parsed, table, answer, argv));
  }
  parsed.set_operands({argv.begin() + optind, argv.begin() + count});
  if (!parsed.has("help")) CHECK_OK(check_operands(command, parsed));
  return parsed;
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
