#include "attest/host/core_dumps.hpp"

#include <gtest/gtest.h>

namespace immure::attest {
namespace {

TEST(CoreDumps, AFileOrAPipeIsToldByItsFirstCharacter) {
  EXPECT_EQ(first_of_core_pattern("core\n"), "c");
  EXPECT_EQ(first_of_core_pattern("/var/crash/%e.%p\n"), "/");
  EXPECT_EQ(first_of_core_pattern("|/usr/lib/systemd/systemd-coredump %P\n"), "|");
  EXPECT_EQ(first_of_core_pattern("\n"), "");
  EXPECT_EQ(first_of_core_pattern(""), "");
}

TEST(CoreDumps, ACharacterThatNobodyMaySeeIsNotShown) {
  EXPECT_EQ(first_of_core_pattern("\x1b[2Jcore\n"), "?");
  EXPECT_EQ(first_of_core_pattern("\xc3\xa4\n"), "?");
  EXPECT_EQ(first_of_core_pattern(" core\n"), "?");
}

TEST(CoreDumps, ASocketBlocksTheRun) {
  for (const char* pattern : {"@core.sock\n", "@@/run/core.sock\n", "@"}) {
    const auto first = first_of_core_pattern(pattern);
    ASSERT_FALSE(first) << pattern;
    EXPECT_EQ(first.error().code, Code::kBlocked);
    EXPECT_NE(first.error().hint.find("kernel.core_pattern"), std::string::npos);
  }
}

}  // namespace
}  // namespace immure::attest
