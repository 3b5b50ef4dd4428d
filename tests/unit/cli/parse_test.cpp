#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>

#include "attest/engine/venue_names.hpp"
#include "cli/command.hpp"

namespace immure::cli {
namespace {

Result<Arguments> parsed(std::string_view command, std::vector<std::string> words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  return parse(*find_command(command), pointers);
}

std::string error_of(std::string_view command, const std::vector<std::string>& words) {
  const auto result = parsed(command, words);
  return result ? "no error" : result.error().what + ". " + result.error().hint;
}

using Words = std::vector<std::string>;

TEST(Parse, ValuesStandInTheWordOrInTheNext) {
  EXPECT_EQ(parsed("run", {"--in=drop", "true"})->value("in"), "drop");
  EXPECT_EQ(parsed("run", {"--in", "drop", "true"})->value("in"), "drop");
  EXPECT_EQ(parsed("run", {"--in=", "true"})->value("in"), "");
  EXPECT_EQ(parsed("run", {"--env=A=B=C", "true"})->value("env"), "A=B=C");
  EXPECT_EQ(parsed("run", {"--in", "--out", "true"})->value("in"), "--out");
}

TEST(Parse, LettersShareOneWord) {
  const auto both = parsed("run", {"-vh"});
  EXPECT_TRUE(both->has("verbose") && both->has("help"));
  EXPECT_EQ(parsed("batch", {"-j4", "true"})->value("jobs"), "4");
  EXPECT_EQ(parsed("batch", {"-vj", "4", "true"})->value("jobs"), "4");
  EXPECT_EQ(error_of("batch", {"-vj"}), "--jobs needs a value: N. See `immure batch --help`.");
  EXPECT_EQ(error_of("run", {"-vx", "true"}), "there is no option -x. See `immure run --help`.");
}

TEST(Parse, OptionsOfTheProgramAreItsOwn) {
  const auto run = parsed("run", {"-v", "sort", "--key", "-h", "--"});
  EXPECT_EQ(run->operands(), (Words{"sort", "--key", "-h", "--"}));
  EXPECT_FALSE(run->has("key") || run->has("help"));
  EXPECT_EQ(parsed("run", {"--", "--help"})->operands(), Words{"--help"});
}

TEST(Parse, OptionsMayFollowOperandsOfOurOwn) {
  const auto verify = parsed("verify", {"e.json", "--key", "k.pub"});
  EXPECT_EQ(verify->operands(), Words{"e.json"});
  EXPECT_EQ(verify->value("key"), "k.pub");
  EXPECT_EQ(parsed("verify", {"--", "--key"})->operands(), Words{"--key"});
}

TEST(Parse, NegativeNumbersAndADashAreOperands) {
  EXPECT_EQ(parsed("verify", {"-1", "-", "-0.5"})->operands(), (Words{"-1", "-", "-0.5"}));
  EXPECT_EQ(parsed("batch", {"--jobs", "-1", "true"})->value("jobs"), "-1");
}

TEST(Parse, OnlyExactNamesAreOptions) {
  EXPECT_EQ(error_of("verify", {"--art", "."}), "there is no option --art. Did you mean --artifacts?");
  EXPECT_EQ(error_of("run", {"--no-evidense"}), "there is no option --no-evidense. Did you mean --no-evidence?");
  EXPECT_EQ(error_of("verify", {"--xyzzyxyzzy"}), "there is no option --xyzzyxyzzy. See `immure verify --help`.");
}

TEST(Parse, ValuesAreThereOnceAndWhereTheyBelong) {
  EXPECT_EQ(error_of("verify", {"e", "--key"}), "--key needs a value: FILE. See `immure verify --help`.");
  EXPECT_EQ(error_of("matrix", {"--json=1"}), "--json takes no value. See `immure matrix --help`.");
  EXPECT_EQ(error_of("run", {"--out", "a", "--out=b", "true"}), "--out is given twice. See `immure run --help`.");
  EXPECT_EQ(parsed("verify", {"-k", "a", "--key=b", "e"})->values("key"), (Words{"a", "b"}));
}

TEST(Parse, OperandsAreCountedUnlessHelpIsWanted) {
  EXPECT_EQ(error_of("report", {"e", "extra"}), "unexpected argument extra. See `immure report --help`.");
  EXPECT_EQ(error_of("report", {}), "EVIDENCE is missing. See `immure report --help`.");
  EXPECT_TRUE(parsed("report", {"--help"}));
}

TEST(Parse, AValueIsOneOfTheChoices) {
  EXPECT_EQ(error_of("keygen", {"--type", "rsa", "k"}), "--type cannot be rsa. Choose ed25519 or p256.");
  EXPECT_TRUE(parsed("keygen", {"--type", "p256", "k"}));
  EXPECT_TRUE(parsed("run", {"--profile", "anything", "true"}));
}

// The parser accepts each choice of each option, and nothing else.
TEST(Parse, EachChoiceOfTheTableIsTaken) {
  for (const Command& command : commands()) {
    for (const Option& option : command.options) {
      const std::string name = "--" + std::string(option.name);
      for (const std::string_view choice : choices_of(option.argument))
        EXPECT_TRUE(parsed(command.name, {name, std::string(choice), "--help"})) << command.name << name << choice;
      if (!choices_of(option.argument).empty()) {
        EXPECT_FALSE(parsed(command.name, {name, "nothing", "--help"})) << command.name << name;
      }
    }
  }
}

TEST(Table, VenuesAreThoseThatTheAttesterHas) {
  for (const Command& command : commands()) {
    for (const Option& option : command.options) {
      if (option.name != "venue") continue;
      const std::vector<std::string_view> choices = choices_of(option.argument);
      const auto& names = attest::venue::kNames;
      EXPECT_EQ(Words(choices.begin(), choices.end()), Words(names.begin(), names.end())) << command.name;
    }
  }
}

TEST(Table, NamesAndLettersOfACommandAreItsOwn) {
  for (const Command& command : commands()) {
    std::set<std::string_view> names;
    std::set<char> letters;
    const auto take = [&](const Option& option) {
      EXPECT_TRUE(names.insert(option.name).second) << command.name << " --" << option.name;
      EXPECT_TRUE(option.letter == 0 || letters.insert(option.letter).second) << command.name << " -" << option.letter;
      // If a digit were the letter of an option, no operand could be a negative number.
      EXPECT_FALSE(option.letter >= '0' && option.letter <= '9') << command.name;
    };
    for (const Option& option : command.options) take(option);
    for (const Option& option : common_options()) take(option);
  }
}

TEST(Table, AMisspeltLookUpIsAFault) {
  for (const Command& command : commands()) {
    const Arguments none(command);
    EXPECT_THROW((void)none.value("tiemout"), std::logic_error) << command.name;
    EXPECT_THROW((void)none.has("tiemout"), std::logic_error) << command.name;
    EXPECT_THROW((void)none.values("tiemout"), std::logic_error) << command.name;
    EXPECT_FALSE(none.has("json")) << command.name;
    for (const Option& option : command.options) EXPECT_FALSE(none.has(option.name)) << command.name;
  }
}

bool has_option(const Command& command, std::string_view name) {
  const auto is_it = [name](const Option& option) { return option.name == name; };
  return std::ranges::any_of(command.options, is_it) || std::ranges::any_of(common_options(), is_it);
}

/// The commands whose options the code of a source file may look up: one command in its own file, several commands in a
/// file that they share.
std::vector<const Command*> commands_of(const std::filesystem::path& file) {
  const std::string stem = file.stem().string();
  if (file.parent_path().filename() == "command") {
    // `batch_verify.cpp` has the command `batch verify`.
    std::string words = stem;
    std::ranges::replace(words, '_', ' ');
    if (const Command* own = find_command(words)) return {own};
    if (const Command* own = find_command(stem.substr(0, stem.find('_')))) return {own};
  }
  std::vector<const Command*> all;
  for (const Command& command : commands()) all.push_back(&command);
  return all;
}

// Reads the source code, because no test could reach every look-up: each name that the code looks up must be an option
// of a command of this source file.
TEST(Table, EachLookUpInTheCodeNamesAnOption) {
  const std::regex look_up(R"re(arguments\.(?:value|values|has|required)\("([^"]*)"\))re");
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(IMMURE_SOURCE_DIR "/src/cli")) {
    if (entry.path().extension() != ".cpp") continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const std::string code = text.str();
    for (std::sregex_iterator hit(code.begin(), code.end(), look_up), end; hit != end; ++hit, ++count) {
      const std::string name = (*hit)[1];
      const auto users = commands_of(entry.path());
      EXPECT_TRUE(std::ranges::any_of(users, [&](const Command* user) { return has_option(*user, name); }))
          << entry.path() << " looks up --" << name;
    }
  }
  EXPECT_GT(count, 80U);
}

}  // namespace
}  // namespace immure::cli
