#include "attest/input.hpp"

#include <filesystem>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "../file/temp_dir.hpp"

namespace immure::attest {
namespace {

using file::Entry;

std::vector<Entry> listed(const std::string& path) {
  const sys::Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  auto entries = file::scan(directory.get(), path);
  return entries ? *std::move(entries) : std::vector<Entry>{};
}

std::vector<std::string> opened(const std::string& path, std::vector<Entry> entries) {
  plan::Plan plan;
  plan.input_path = plan.input_name = path;
  std::vector<std::string> left_out, paths;
  const auto input = open_input(plan, sys::Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), false,
                                std::move(entries), left_out, [] { return Result<void>(); });
  EXPECT_TRUE(input);
  if (input) {
    for (const Entry& entry : input->entries) paths.push_back(entry.path);
  }
  return paths;
}

TEST(OpenInput, TakesAListingOfThisVeryDirectory) {
  const test::TempDir dir;
  std::vector<Entry> entries = listed(dir.path());
  dir.write("later", "x");
  EXPECT_EQ(opened(dir.path(), entries), (std::vector<std::string>{"."}));
  EXPECT_EQ(opened(dir.path(), {}), (std::vector<std::string>{".", "later"}));
}

TEST(OpenInput, ListsAnotherDirectoryThatHasTakenThePlace) {
  const test::TempDir dir;
  dir.write("in/honest", "x");
  const std::vector<Entry> entries = listed(dir / "in");
  std::filesystem::rename(dir / "in", dir / "away");
  dir.write("in/other", "x");
  EXPECT_EQ(opened(dir / "in", entries), (std::vector<std::string>{".", "other"}));
}

TEST(FirstDifference, IsFoundWhereverItIs) {
  const test::TempDir dir;
  dir.write("in/a", "x");
  dir.write("in/b", "x");
  const std::vector<Entry> entries = listed(dir / "in");
  EXPECT_EQ(first_difference(entries, listed(dir / "in")), "");
  std::vector<Entry> changed = entries;
  changed.back().uid = changed.back().gid = 12345;
  EXPECT_EQ(first_difference(entries, changed), "") << "a mount may map owners";
  changed.back().inode++;
  EXPECT_EQ(first_difference(entries, changed), "b");
  changed = entries;
  changed.pop_back();
  EXPECT_EQ(first_difference(entries, changed), "b");
  EXPECT_EQ(first_difference(changed, entries), "b");
  changed = entries;
  changed.front().device++;
  EXPECT_EQ(first_difference(entries, changed), ".");
}

}  // namespace
}  // namespace immure::attest
