#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../file/temp_dir.hpp"
#include "attest/harvest.hpp"
#include "file/sha256.hpp"

namespace immure::attest {
namespace {

sys::Fd open_directory(const std::string& path) {
  return sys::Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Makes enough files for every processor.
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

// The harvest asks whether it must end before it writes the first file, because many small files take long too.
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

// The program may move the directory for its temporary files into a directory that stays behind.
TEST(Harvest, TheDirectoryOfTemporaryFilesHidesNoRefusal) {
  const test::TempDir out, target;
  out.write("stdout/scratch/left", "x");
  out.write("stdout/later", "x");
  out.write("report", "text");
  const sys::Fd from = open_directory(out.path()), to = open_directory(target.path());
  const sys::Fd scratch = open_directory(out / "stdout/scratch");
  const auto harvested =
      harvest({.output = from, .target = to, .target_path = target.path(), .bytes = 1000, .scratch = &scratch});
  ASSERT_TRUE(harvested) << to_text(harvested.error());
  ASSERT_EQ(harvested->artifacts.size(), 1U);
  EXPECT_EQ(harvested->artifacts.front().name, "report");
  ASSERT_EQ(harvested->refused.size(), 1U);
  EXPECT_TRUE(harvested->refused.front().starts_with("stdout: "));
}

// A verifier takes a subject called `plan` for "no output" (verify/artifacts.cpp).
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

// Everything that is not a plain file stays behind, and the harvest names it. The plain files beside such a file come
// out.
TEST(Harvest, OnlyPlainFilesComeOut) {
  const test::TempDir out, target;
  out.write("plain", "text");
  out.write("twice", "text");
  out.write("stdout", "text");
  out.write("sub/stderr", "text");
  out.write("set-id", "text");
  out.write("line\nbreak", "text");
  out.write("sticky/inside", "text");
  ASSERT_EQ(::link((out / "twice").c_str(), (out / "also").c_str()), 0);
  ASSERT_EQ(::symlink("plain", (out / "link").c_str()), 0);
  ASSERT_EQ(::mkfifo((out / "fifo").c_str(), 0600), 0);
  ASSERT_EQ(::chmod((out / "set-id").c_str(), 04755), 0);
  ASSERT_EQ(::chmod((out / "sticky").c_str(), 01777), 0);
  const auto harvested = take(out, target);
  ASSERT_TRUE(harvested) << to_text(harvested.error());
  EXPECT_EQ(harvested->refused,
            (std::vector<std::string>{
                "also: has several links", "fifo: is a fifo", "line\\x0abreak: has a name that is not printable UTF-8",
                "link: is a link", "set-id: has set-user-ID, set-group-ID or sticky bits",
                "stdout: has the name that evidence gives to a stream of the program; let the program use another name",
                "sticky: has set-user-ID, set-group-ID or sticky bits", "twice: has several links"}));
  std::vector<std::string> names;
  for (const evidence::Artifact& artifact : harvested->artifacts) names.push_back(artifact.name);
  EXPECT_EQ(names, (std::vector<std::string>{"plain", "sub/stderr"}));
  EXPECT_FALSE(std::filesystem::exists(target / "sticky"));
}

TEST(Harvest, FilesBeyondTheLimitStayBehindAndSmallerOnesComeOut) {
  const test::TempDir out, target;
  out.write("a", std::string(60, 'a'));
  out.write("b", std::string(60, 'b'));
  out.write("c", std::string(40, 'c'));
  const auto harvested = take(out, target, 100);
  ASSERT_TRUE(harvested) << to_text(harvested.error());
  EXPECT_TRUE(harvested->over_bytes);
  EXPECT_EQ(harvested->refused,
            std::vector<std::string>{"b: all of the file, because the outputs would be larger than `output_bytes`"});
  EXPECT_EQ(slurp(target / "c"), std::string(40, 'c'));
  const test::TempDir other;
  const auto whole = take(out, other, 160);
  ASSERT_TRUE(whole);
  EXPECT_FALSE(whole->over_bytes);
}

TEST(Harvest, AHoleCountsAsLargeAsItReads) {
  const test::TempDir out, target;
  out.write("hole", "");
  ASSERT_EQ(::truncate((out / "hole").c_str(), 1 << 20), 0);
  EXPECT_TRUE(take(out, target, (1 << 20) - 1)->over_bytes);
  const auto harvested = take(out, target, 1 << 20);
  ASSERT_TRUE(harvested);
  EXPECT_EQ(harvested->artifacts.front().sha256, file::sha256_hex(std::string(1 << 20, '\0')));
  struct stat status{};
  ASSERT_EQ(::stat((target / "hole").c_str(), &status), 0);
  EXPECT_LT(status.st_blocks, 64);
}

TEST(RefusedList, NamesSomeAndCountsTheRest) {
  RefusedList list;
  for (std::size_t i = 0; i < kMostRefused + 7; ++i) list.add("x" + std::to_string(i), "is odd");
  const auto taken = list.take();
  ASSERT_EQ(taken.size(), kMostRefused + 1);
  EXPECT_EQ(taken.back(), "and 7 more");
}

TEST(RefusedList, HasRoomForSoManyBytesAlone) {
  RefusedList list;
  const std::string reason(8 << 10, 'r');
  for (int i = 0; i < 200; ++i) list.add("x", reason);
  const auto taken = list.take();
  std::uint64_t bytes = 0;
  for (const std::string& text : taken) bytes += text.size();
  EXPECT_LE(bytes, kRefusedBytes + 64);
  EXPECT_TRUE(taken.back().starts_with("and ")) << taken.back();
}

TEST(RefusedList, LongAndHostileNamesAreShortAndVisible) {
  RefusedList list;
  list.add(std::string(300, 'a') + "\x1b", "is odd");
  list.add("\xE2\x80\xAE", "is odd");
  const auto taken = list.take();
  EXPECT_EQ(taken[0], "\\xe2\\x80\\xae: is odd");
  EXPECT_EQ(taken[1], std::string(96, 'a') + "…" + std::string(95, 'a') + "\\x1b (301 bytes): is odd");
}

TEST(Harvest, OneFileThatCannotBePutInPlaceIsNamed) {
  const test::TempDir out, target;
  fill(out);
  // Another process has made a file with this name in the meantime.
  target.write("12", "mine");
  const auto refused = take(out, target);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where, target / "12");
  EXPECT_EQ(slurp(target / "12"), "mine");
  // All other files are complete.
  for (const auto& entry : std::filesystem::directory_iterator(target.path())) {
    if (entry.path().filename() != "12") {
      EXPECT_EQ(slurp(entry.path()), slurp(out / entry.path().filename().string()));
    }
  }
}

// A program fills a page before the kernel refuses the next one, so a file that a full /out cut ends with a page.
TEST(Harvest, FilesThatAFullOutputMayHaveCutAreNamed) {
  const test::TempDir out, target;
  out.write("cut", std::string(8192, 'x'));
  out.write("whole", "text");
  const sys::Fd from = open_directory(out.path()), to = open_directory(target.path());
  HarvestRequest request{.output = from, .target = to, .target_path = target.path(), .bytes = 1U << 20};
  request.was_full = true;
  const auto harvested = harvest(request);
  ASSERT_TRUE(harvested) << to_text(harvested.error());
  EXPECT_EQ(harvested->perhaps_cut, std::vector<std::string>{"cut"});
  EXPECT_EQ(harvested->artifacts.size(), 2U);
  EXPECT_FALSE(harvested->over_bytes);
}

TEST(Harvest, AFileOfTheLargestSizeMayBeCut) {
  const test::TempDir out, target;
  out.write("largest", "12345");
  const sys::Fd from = open_directory(out.path()), to = open_directory(target.path());
  HarvestRequest request{.output = from, .target = to, .target_path = target.path(), .bytes = 5};
  request.largest_file = 5;
  const auto harvested = harvest(request);
  ASSERT_TRUE(harvested) << to_text(harvested.error());
  EXPECT_EQ(harvested->perhaps_cut, std::vector<std::string>{"largest"});
  EXPECT_TRUE(harvested->over_bytes);
}

TEST(Harvest, TimesAreKeptOnRequest) {
  const test::TempDir out, target;
  out.write("sub/file", "text");
  constexpr timespec kThen{.tv_sec = -2, .tv_nsec = 5};
  const timespec times[] = {kThen, kThen};
  for (const char* name : {"sub/file", "sub"}) ASSERT_EQ(::utimensat(AT_FDCWD, (out / name).c_str(), times, 0), 0);
  const sys::Fd from = open_directory(out.path()), to = open_directory(target.path());
  HarvestRequest request{.output = from, .target = to, .target_path = target.path(), .bytes = 1U << 20};
  request.keep_times = true;
  ASSERT_TRUE(harvest(request));
  for (const char* name : {"sub/file", "sub"}) {
    struct stat status{};
    ASSERT_EQ(::stat((target / name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mtim.tv_sec, kThen.tv_sec) << name;
    EXPECT_EQ(status.st_mtim.tv_nsec, kThen.tv_nsec) << name;
  }
}

}  // namespace
}  // namespace immure::attest
