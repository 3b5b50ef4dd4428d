#include "text/wrap.hpp"

#include <gtest/gtest.h>

namespace immure::text {
namespace {

using Lines = std::vector<std::string>;

TEST(Wrapped, BreaksAtBlanks) {
  EXPECT_EQ(wrapped("one two three", 7), (Lines{"one two", "three"}));
  EXPECT_EQ(wrapped("one two three", 13), Lines{"one two three"});
  EXPECT_EQ(wrapped("", 7), Lines{""});
}

TEST(Wrapped, BreaksALongWordButNoCharacter) {
  EXPECT_EQ(wrapped("abcdefgh", 3), (Lines{"abc", "def", "gh"}));
  EXPECT_EQ(wrapped("ääää", 3), (Lines{"äää", "ä"}));
  EXPECT_EQ(wrapped("ab cdefgh", 3), (Lines{"ab", "cde", "fgh"}));
}

TEST(Wrapped, LeavesRoomBeforeTheFirstLine) { EXPECT_EQ(wrapped("aa bb cc", 5, 3), (Lines{"aa", "bb cc"})); }

TEST(Wrapped, EndsWhereNothingFits) {
  EXPECT_EQ(wrapped("ab", 0), (Lines{"a", "b"}));
  EXPECT_EQ(wrapped("ab", 1, 5), (Lines{"a", "b"}));
}

TEST(Columns, CountsWhatATerminalShows) {
  EXPECT_EQ(columns("\x1b[1;32mACCEPTED\x1b[0m"), 8U);
  EXPECT_EQ(columns("Größe"), 5U);
  EXPECT_EQ(columns("e\xCC\x81"), 1U);
}

TEST(Shortened, SaysThatSomethingIsMissing) {
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdef", 4), "abc…");
  EXPECT_EQ(shortened("abcdef", 0), "…");
}

TEST(WrappedLines, IndentsWhatFollows) {
  EXPECT_EQ(wrapped_lines("a b c d e f\nshort\n", 7, 2), "a b c d\n  e f\nshort\n");
  EXPECT_EQ(wrapped_lines("- abcdefghij\n", 6, 2), "- abcd\n  efgh\n  ij\n");
}

/// Whatever the width, no letter gets lost and no line is too long.
TEST(WrappedLines, LosesNothing) {
  const std::string text = "#24 holds  no network | expected inside and outside: no interface\nab\n";
  for (std::size_t width = 5; width < 80; ++width) {
    std::string letters;
    std::size_t length = 0;
    for (const char c : wrapped_lines(text, width, 4)) {
      length = c == '\n' ? 0 : length + 1;
      EXPECT_LE(length, width);
      if (c != ' ' && c != '\n') letters += c;
    }
    std::string wanted = text;
    std::erase_if(wanted, [](char c) { return c == ' ' || c == '\n'; });
    EXPECT_EQ(letters, wanted) << width;
  }
}

}  // namespace
}  // namespace immure::text
