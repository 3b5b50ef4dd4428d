#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <gtest/gtest.h>

#include "../file/temp_dir.hpp"
#include "file/sha256.hpp"
#include "venue/harvest.hpp"

namespace immure::venue {
namespace {

sys::Fd open_directory(const std::string& path) {
  return sys::Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Enough for every processor.
void fill(const test::TempDir& dir) {
  for (int i = 0; i < 400; ++i) dir.write(std::to_string(i), std::string(8192, static_cast<char>('a' + i % 26)));
}

Result<Harvest> take(const test::TempDir& out, const test::TempDir& target, std::uint64_t bytes = 1ULL << 30) {
  const sys::Fd from = open_directory(out.path()), to = open_directory(target.path());
  return harvest({.output = from, .target = to, .target_path = target.path(), .bytes = bytes});
}

TEST(Harvest, TakesManyFilesWhole) {
  const test::TempDir out, target;
  fill(out);
  const auto harvested = take(out, target);
  ASSERT_TRUE(harvested) << to_text(harvested.error());
  EXPECT_TRUE(harvested->refused.empty());
  ASSERT_EQ(harvested->artifacts.size(), 400U);
  EXPECT_TRUE(std::ranges::is_sorted(harvested->artifacts, {}, &evidence::Artifact::name));
  for (const evidence::Artifact& artifact : harvested->artifacts) {
    const std::string bytes = slurp(target / artifact.name);
    EXPECT_EQ(bytes, slurp(out / artifact.name));
    EXPECT_EQ(artifact.sha256, file::sha256_hex(bytes));
  }
}

// However small the files are: many of them take long too.
TEST(Harvest, AnEndIsAskedForBeforeAnythingIsWritten) {
  const test::TempDir out, target;
  out.write("empty", "");
  const sys::Fd from = open_directory(out.path()), to = open_directory(target.path());
  const auto harvested = harvest({.output = from, .target = to, .target_path = target.path(), .bytes = 1, .go_on = [] {
                                    return Result<void>(fail(Code::kInterrupted, "test", "has ended"));
                                  }});
  ASSERT_FALSE(harvested);
  EXPECT_EQ(harvested.error().code, Code::kInterrupted);
  EXPECT_TRUE(std::filesystem::is_empty(target.path()));
}

// As the subject of a statement it would be no output at all.
TEST(Harvest, AFileCalledPlanStaysBehind) {
  const test::TempDir out, target;
  out.write("plan", "{}");
  out.write("report", "text");
  const auto harvested = take(out, target);
  ASSERT_TRUE(harvested) << to_text(harvested.error());
  ASSERT_EQ(harvested->artifacts.size(), 1U);
  EXPECT_EQ(harvested->artifacts.front().name, "report");
  EXPECT_FALSE(harvested->refused.empty());
}

TEST(Harvest, OneFileThatCannotBePutInPlaceIsNamed) {
  const test::TempDir out, target;
  fill(out);
  // Somebody made a file of that name meanwhile.
  target.write("12", "mine");
  const auto refused = take(out, target);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where, target / "12");
  EXPECT_EQ(slurp(target / "12"), "mine");
  // What else is there is whole.
  for (const auto& entry : std::filesystem::directory_iterator(target.path())) {
    if (entry.path().filename() != "12") {
      EXPECT_EQ(slurp(entry.path()), slurp(out / entry.path().filename().string()));
    }
  }
}

}  // namespace
}  // namespace immure::venue
