#include "file/io.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <csignal>
#include <utility>

#include "temp_dir.hpp"

namespace immure::file {
namespace {

using test::TempDir;

std::size_t entries_in(const std::string& path) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
}

unsigned mode_of(const std::string& path) {
  struct stat status{};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0);
  return status.st_mode & 07777U;
}

TEST(OpenRegular, OpensARegularFile) {
  const TempDir dir;
  EXPECT_TRUE(open_regular(dir.write("a", "x")));
}

TEST(OpenRegular, RefusesALinkWithoutFollowingIt) {
  const TempDir dir;
  dir.write("a", "x");
  ASSERT_EQ(::symlink("a", (dir / "link").c_str()), 0);
  const auto opened = open_regular(dir / "link");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kBadInput);
  EXPECT_EQ(opened.error().what, "is a link");
}

TEST(OpenRegular, DoesNotBlockOnAFifo) {
  const TempDir dir;
  ASSERT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  const auto opened = open_regular(dir / "fifo");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().what, "not a regular file");
}

TEST(OpenRegular, RefusesDirectoriesAndDevices) {
  const TempDir dir;
  for (const std::string& path : {dir.path(), std::string("/dev/null")}) {
    const auto opened = open_regular(path);
    ASSERT_FALSE(opened) << path;
    EXPECT_EQ(opened.error().code, Code::kBadInput);
  }
}

TEST(OpenRegular, SaysNotFound) {
  const TempDir dir;
  for (const auto* name : {"missing", "missing/below"}) {
    const auto opened = open_regular(dir / name);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::kBadInput);
    EXPECT_EQ(opened.error().what, "not found");
  }
}

TEST(ReadWhole, ReadsBytesAsTheyAre) {
  const TempDir dir;
  const std::string bytes("a\0b\xff", 4);
  EXPECT_EQ(read_whole(dir.write("a", bytes), 4), bytes);
  EXPECT_EQ(read_whole(dir.write("empty", ""), 0), "");
}

TEST(ReadWhole, RefusesOneByteTooMany) {
  const TempDir dir;
  const auto read = read_whole(dir.write("a", "12345"), 4);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kBadInput);
  EXPECT_EQ(read.error().what, "larger than 4 bytes");
}

TEST(ReadWhole, LimitHoldsForFilesThatHideTheirSize) {
  // Files of /proc report a size of 0 bytes, and return more.
  EXPECT_TRUE(read_whole("/proc/self/status", 65536));
  EXPECT_FALSE(read_whole("/proc/self/status", 16));
}

TEST(WriteWhole, MakesAFileWithExactlyThatMode) {
  const TempDir dir;
  const mode_t old = ::umask(077);
  EXPECT_TRUE(write_whole(dir / "a", "text", 0644));
  ::umask(old);
  EXPECT_EQ(read_whole(dir / "a", 100), "text");
  EXPECT_EQ(mode_of(dir / "a"), 0644U);
  EXPECT_EQ(entries_in(dir.path()), 1U);
}

TEST(WriteWhole, ReplacesARegularFile) {
  const TempDir dir;
  dir.write("a", "old and longer");
  EXPECT_TRUE(write_whole(dir / "a", "new", 0600));
  EXPECT_EQ(read_whole(dir / "a", 100), "new");
  EXPECT_EQ(entries_in(dir.path()), 1U);
}

TEST(WriteWhole, GivesOthersNoMoreThanTheOldFileDid) {
  const TempDir dir;
  dir.write("a", "{}");
  for (const auto& [old, fresh] : {std::pair(0600U, 0600U), {0640U, 0640U}, {0777U, 0644U}, {0U, 0600U}}) {
    ASSERT_EQ(::chmod((dir / "a").c_str(), old), 0);
    EXPECT_TRUE(write_whole(dir / "a", "new", 0644));
    EXPECT_EQ(mode_of(dir / "a"), fresh) << old;
  }
}

TEST(WriteWhole, NeverWritesThroughALink) {
  const TempDir dir;
  dir.write("target", "safe");
  ASSERT_EQ(::symlink("target", (dir / "link").c_str()), 0);
  ASSERT_EQ(::symlink("nowhere", (dir / "dangling").c_str()), 0);
  EXPECT_FALSE(write_whole(dir / "link", "x", 0600));
  EXPECT_FALSE(write_whole(dir / "dangling", "x", 0600));
  EXPECT_EQ(read_whole(dir / "target", 100), "safe");
  EXPECT_FALSE(std::filesystem::exists(dir / "nowhere"));
}

TEST(WriteWhole, RefusesDirectoriesDevicesAndNamesWithoutAFile) {
  const TempDir dir;
  std::filesystem::create_directory(dir / "sub");
  for (const std::string& path : {dir / "sub", dir / "sub/", dir / "sub/..", std::string("/dev/null"), std::string()}) {
    const auto written = write_whole(path, "x", 0600);
    ASSERT_FALSE(written) << path;
    EXPECT_EQ(written.error().code, Code::kBadInput) << path;
  }
}

TEST(WriteWhole, LeavesTheOldFileAndNothingElseWhenTheDiskIsFull) {
  const TempDir dir;
  dir.write("a", "old");
  // A file size limit answers EFBIG where a full disk answers ENOSPC. Both errors come from write(2).
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit small{16, old.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto written = write_whole(dir / "a", std::string(4096, 'x'), 0600);
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::kSystem);
  EXPECT_EQ(written.error().errno_value, EFBIG);
  EXPECT_EQ(read_whole(dir / "a", 100), "old");
  EXPECT_EQ(entries_in(dir.path()), 1U);
}

TEST(CreateWhole, MakesAFileOnce) {
  const TempDir dir;
  EXPECT_TRUE(create_whole(dir / "key", "one", 0600));
  const auto again = create_whole(dir / "key", "two", 0600);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::kBadInput);
  EXPECT_EQ(again.error().what, "exists already");
  EXPECT_EQ(read_whole(dir / "key", 100), "one");
  EXPECT_EQ(entries_in(dir.path()), 1U);
}

TEST(CreateHeld, TakesBackItsOwnFile) {
  const TempDir dir;
  const auto place = place_of(dir / "host.pub");
  ASSERT_TRUE(place);
  const auto made = create_held(*place, "half", 0644);
  ASSERT_TRUE(made);
  EXPECT_EQ(read_whole(dir / "host.pub", 100).value_or(""), "half");
  made->take_back();
  EXPECT_EQ(entries_in(dir.path()), 0U);
}

TEST(CreateHeld, TakesBackNothingOfOthers) {
  const TempDir dir;
  const auto place = place_of(dir / "host.pub");
  ASSERT_TRUE(place);
  const auto made = create_held(*place, "half", 0644);
  ASSERT_TRUE(made);
  // The owner of the directory puts another file at this path.
  dir.write("another", "precious");
  ASSERT_EQ(::rename((dir / "another").c_str(), (dir / "host.pub").c_str()), 0);
  made->take_back();
  EXPECT_EQ(read_whole(dir / "host.pub", 100).value_or(""), "precious");
}

TEST(CreateHeld, TakesBackFromTheDirectoryThatItWroteTo) {
  const TempDir dir;
  std::filesystem::create_directory(dir / "keys");
  const auto place = place_of(dir / "keys/host.pub");
  ASSERT_TRUE(place);
  const auto made = create_held(*place, "half", 0644);
  ASSERT_TRUE(made);
  std::filesystem::rename(dir / "keys", dir / "moved");
  std::filesystem::create_directory(dir / "keys");
  dir.write("keys/host.pub", "precious");
  made->take_back();
  EXPECT_EQ(entries_in(dir / "moved"), 0U);
  EXPECT_EQ(read_whole(dir / "keys/host.pub", 100).value_or(""), "precious");
}

}  // namespace
}  // namespace immure::file
