/// Finds where a control group for a cell could be made, from the caller's own groups and from what the caller may do
/// in these groups.
#include "attest/host/cgroup_layout.hpp"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace immure::attest {
namespace {

constexpr CgroupWish kWish{.memory_bytes = 1048576, .processes = 20};
constexpr std::string_view kVersion1 = "5:pids:/user\n4:memory:/\n3:cpu,cpuacct:/user\n0::/user\n";

/// A tree in which these directories delegate, and in which the caller may make groups.
CgroupTree tree(std::set<std::string> delegating, std::set<std::string> writable) {
  return {.unified_root = "/cg",
          .delegates = [delegating](const std::string& place) { return delegating.contains(place); },
          .may_make_in = [writable](const std::string& place) { return writable.contains(place); }};
}

std::vector<std::string> paths(const std::vector<CgroupLayout>& layouts) {
  std::vector<std::string> result;
  for (const CgroupLayout& layout : layouts)
    for (const CgroupDirectory& directory : layout.directories) result.push_back(directory.path);
  return result;
}

TEST(Memberships, AreControllersAndPath) {
  const auto all = memberships(kVersion1);
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[2].controllers, "cpu,cpuacct");
  EXPECT_EQ(all[2].path, "/user");
  EXPECT_EQ(all[3].controllers, "");
}

TEST(CgroupLayouts, AreNoneWhereNothingIsDelegatedOrWritable) {
  EXPECT_TRUE(layouts_for("0::/a/b\n", "n", kWish, tree({}, {"/cg/a/b", "/cg/a"})).empty());
  EXPECT_TRUE(layouts_for("0::/a/b\n", "n", kWish, tree({"/cg/a/b", "/cg/a"}, {})).empty());
  EXPECT_TRUE(layouts_for("", "n", kWish, tree({"/cg/"}, {"/cg/"})).empty());
}

TEST(CgroupLayouts, OfVersion2AreBelowTheOwnGroupFirstAndThenBesideIt) {
  const auto layouts = layouts_for("0::/a/b\n", "n", kWish, tree({"/cg/a/b", "/cg/a"}, {"/cg/a/b", "/cg/a"}));
  EXPECT_EQ(paths(layouts), (std::vector<std::string>{"/cg/a/b/n", "/cg/a/n"}));
  ASSERT_FALSE(layouts.empty());
  EXPECT_EQ(layouts[0].version, "cgroup2");
  const auto& settings = layouts[0].directories[0].settings;
  ASSERT_EQ(settings.size(), 3U);
  EXPECT_EQ(settings[0].value, "1048576");
  EXPECT_EQ(settings[1].value, "0");
  EXPECT_TRUE(settings[1].of_swap);
  EXPECT_EQ(settings[2].value, "20");
}

TEST(CgroupLayouts, OfVersion1NeedBothHierarchies) {
  const std::string memory = "/sys/fs/cgroup/memory", pids = "/sys/fs/cgroup/pids/user";
  EXPECT_EQ(paths(layouts_for(kVersion1, "n", kWish, tree({}, {memory, pids}))),
            (std::vector<std::string>{pids + "/n", memory + "/n"}));
  EXPECT_TRUE(layouts_for(kVersion1, "n", kWish, tree({}, {memory})).empty());
  EXPECT_TRUE(layouts_for(kVersion1, "n", kWish, tree({}, {pids})).empty());
}

TEST(CgroupLayouts, OfVersion1LimitMemoryBeforeMemoryWithSwap) {
  const auto layouts =
      layouts_for("4:memory:/\n5:pids:/\n", "n", kWish, tree({}, {"/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids"}));
  ASSERT_EQ(layouts.size(), 1U);
  const auto& settings = layouts[0].directories[0].settings;
  ASSERT_EQ(settings.size(), 2U);
  EXPECT_EQ(std::string(settings[0].file), "memory.limit_in_bytes");
  EXPECT_EQ(std::string(settings[1].file), "memory.memsw.limit_in_bytes");
  EXPECT_TRUE(layouts[0].directories[0].has_entrance);
}

TEST(CgroupLayouts, TakeVersion2BeforeVersion1) {
  const auto layouts = layouts_for("0::/\n4:memory:/\n5:pids:/\n", "n", kWish,
                                   tree({"/cg/"}, {"/cg/", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids"}));
  ASSERT_EQ(layouts.size(), 2U);
  EXPECT_EQ(layouts[0].version, "cgroup2");
  EXPECT_EQ(layouts[1].version, "cgroup1");
}

}  // namespace
}  // namespace immure::attest
