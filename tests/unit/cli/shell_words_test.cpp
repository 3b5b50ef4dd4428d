#include "cli/run/shell_words.hpp"

#include <gtest/gtest.h>

namespace immure::cli {
namespace {

using Words = std::vector<std::string>;

Words words(std::string_view text) {
  const auto split = shell_words("--expect-args", text);
  return split ? *split : Words{"error: " + split.error().what};
}

TEST(ShellWords, AreSeparatedByBlanks) {
  EXPECT_EQ(words(""), Words{});
  EXPECT_EQ(words("  /in/a\t-x \n"), (Words{"/in/a", "-x"}));
}

TEST(ShellWords, KeepWhatIsQuoted) {
  EXPECT_EQ(words("'a b' \"c d\" e\\ f"), (Words{"a b", "c d", "e f"}));
  EXPECT_EQ(words("'' \"\""), (Words{"", ""}));
  EXPECT_EQ(words("a'b'\"c\"d"), Words{"abcd"});
  EXPECT_EQ(words("\"it's\" 'say \"x\"'"), (Words{"it's", "say \"x\""}));
  EXPECT_EQ(words("\"a\\\"b\\c\\\\\""), Words{"a\"b\\c\\"});
  EXPECT_EQ(words("'a\\b'"), Words{"a\\b"});
  EXPECT_EQ(words("$HOME *"), (Words{"$HOME", "*"})) << "nothing is expanded";
}

TEST(ShellWords, HaveAnEnd) {
  EXPECT_EQ(words("'a"), Words{"error: has a quote without an end"});
  EXPECT_EQ(words("a \"b"), Words{"error: has a quote without an end"});
  EXPECT_EQ(words("a\\"), Words{"error: ends with a backslash"});
}

}  // namespace
}  // namespace immure::cli
