/// Reads what a control group has counted, from the text of its files.
#include "attest/host/cgroup.hpp"

#include <gtest/gtest.h>

namespace immure::attest {
namespace {

TEST(CgroupCounter, IsTheNumberAfterItsName) {
  constexpr std::string_view kEvents = "low 0\nhigh 7\nmax 31\noom 2\noom_kill 5\noom_group_kill 9\n";
  EXPECT_EQ(counted(kEvents, "oom_kill"), 5U);
  EXPECT_EQ(counted(kEvents, "max"), 31U);
  EXPECT_EQ(counted(kEvents, "oom"), 2U);
  EXPECT_EQ(counted("oom_kill_disable 0\nunder_oom 0\noom_kill 1", "oom_kill"), 1U);
}

TEST(CgroupCounter, IsZeroWhereNothingIsCounted) {
  EXPECT_EQ(counted("", "max"), 0U);
  EXPECT_EQ(counted("oom_kill\nmax nine\nmax 1 2\n", "max"), 0U);
  EXPECT_EQ(counted("oom_kill_disable 1\n", "oom_kill"), 0U);
}

TEST(CgroupNumber, IsAllOfTheText) {
  EXPECT_EQ(whole_number("2147483648"), 2147483648U);
  EXPECT_EQ(whole_number("0"), 0U);
  for (const char* text : {"", "max", "12 ", "-1", "0x10", "99999999999999999999999"})
    EXPECT_EQ(whole_number(text), std::nullopt) << text;
}

}  // namespace
}  // namespace immure::attest
