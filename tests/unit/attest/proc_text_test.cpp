/// Small readers for the text formats of /proc.
#include "attest/host/proc_text.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace immure::attest {
namespace {

TEST(Take, DropsTheSeparatorAndTakesTheRestWithoutOne) {
  std::string_view rest = "a:b::c";
  EXPECT_EQ(take(rest, ':'), "a");
  EXPECT_EQ(take(rest, ':'), "b");
  EXPECT_EQ(take(rest, ':'), "");
  EXPECT_EQ(take(rest, ':'), "c");
  EXPECT_EQ(rest, "");
}

TEST(Words, AreBetweenBlanksAndTabs) {
  EXPECT_EQ(words(" a\tbc  d "), (std::vector<std::string_view>{"a", "bc", "d"}));
  EXPECT_TRUE(words("").empty());
  EXPECT_TRUE(words(" \t ").empty());
}

TEST(Collapsed, HasOneBlankBetweenWords) { EXPECT_EQ(collapsed("  0 \t 1000    1 "), "0 1000 1"); }

TEST(Unescaped, TakesThreeOctalDigitsBehindABackslash) {
  EXPECT_EQ(unescaped("/a\\040b\\134"), "/a b\\");
  EXPECT_EQ(unescaped("/plain"), "/plain");
}

TEST(Unescaped, ABackslashWithFewerDigitsBehindItStays) {
  EXPECT_EQ(unescaped("a\\04"), "a\\04");
  EXPECT_EQ(unescaped("a\\"), "a\\");
}

TEST(Number, IsThatAtTheFrontAndElseZero) {
  EXPECT_EQ(number<std::uint64_t>("42 kB"), 42U);
  EXPECT_EQ(number<std::int32_t>("-17\n"), -17);
  EXPECT_EQ(number<int>("none"), 0);
}

}  // namespace
}  // namespace immure::attest
