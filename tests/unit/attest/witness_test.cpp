/// How the outside witness reads the text of /proc.
#include "attest/witness.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace immure::attest {
namespace {

TEST(Mountinfo, IsSortedByPointWithSortedOptions) {
  const auto mounts = parse_mountinfo(
      "30 1 0:40 / /out rw,nosuid,noexec,nodev - tmpfs tmpfs rw,size=1024k\n"
      "29 1 8:1 /drop /in ro,nosuid - ext4 /dev/sda1 rw\n");
  ASSERT_TRUE(mounts);
  ASSERT_EQ(mounts->size(), 2U);
  EXPECT_EQ(mounts->at(0).point, "/in");
  EXPECT_EQ(mounts->at(0).type, "ext4");
  EXPECT_EQ(mounts->at(0).options, (std::vector<std::string>{"nosuid", "ro"}));
  EXPECT_EQ(mounts->at(1).options, (std::vector<std::string>{"nodev", "noexec", "nosuid", "rw"}));
}

TEST(Mountinfo, OptionalFieldsMayBeManyOrNone) {
  const auto mounts = parse_mountinfo(
      "29 1 8:1 / / ro shared:1 master:2 unbindable - ext4 /dev/sda1 rw\n30 29 0:3 / /in ro - tmpfs none rw");
  ASSERT_TRUE(mounts);
  EXPECT_EQ(mounts->at(0).type, "ext4");
  EXPECT_EQ(mounts->at(1).type, "tmpfs");
}

TEST(Mountinfo, PointsAreUnescaped) {
  const auto mounts = parse_mountinfo("29 1 8:1 / /in/a\\040b\\011c\\134d ro - ext4 none rw\n");
  ASSERT_TRUE(mounts);
  EXPECT_EQ(mounts->at(0).point, "/in/a b\tc\\d");
}

TEST(Mountinfo, MountsOnOnePointKeepTheirOrder) {
  const auto mounts = parse_mountinfo("1 0 0:1 / /in ro - first none rw\n2 1 0:2 / /in ro - second none rw\n");
  ASSERT_TRUE(mounts);
  EXPECT_EQ(mounts->at(0).type, "first");
  EXPECT_EQ(mounts->at(1).type, "second");
}

TEST(Mountinfo, ALineThatCannotBeReadBlocks) {
  for (const char* line : {"29 1 8:1 / / ro\n", "29 1 8:1 / / ro ext4 none rw\n", "29 1 8:1 / / ro -\n", "\n"}) {
    const auto mounts = parse_mountinfo(line);
    ASSERT_FALSE(mounts) << line;
    EXPECT_EQ(mounts.error().code, Code::kBlocked);
  }
}

TEST(LimitsOfProc, HaveNamesWithDashesAndBothValues) {
  const auto limits = parse_limits(
      "Limit                     Soft Limit           Hard Limit           Units     \n"
      "Max cpu time              60                   unlimited            seconds   \n"
      "Max open files            256                  512                  files     \n"
      "Max nice priority         0                    0                    \n");
  ASSERT_EQ(limits.size(), 3U);
  EXPECT_EQ(limits[0].name, "cpu-time");
  EXPECT_EQ(limits[0].soft, "60");
  EXPECT_EQ(limits[0].hard, "unlimited");
  EXPECT_EQ(limits[1].name, "open-files");
  EXPECT_EQ(limits[1].hard, "512");
  EXPECT_EQ(limits[2].name, "nice-priority");
}

TEST(LimitsOfProc, RowsThatAreCutShortAreLeftOut) {
  EXPECT_TRUE(parse_limits("").empty());
  EXPECT_TRUE(parse_limits("heading\nMax cpu time\nMax open files            256\n").empty());
}

}  // namespace
}  // namespace immure::attest
