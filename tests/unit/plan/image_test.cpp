#include "plan/image/image.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf_file.hpp"
#include "file/io.hpp"
#include "file/sha256.hpp"
#include "image_fixture.hpp"
#include "plan/image/image_cache.hpp"
#include "sys/fd.hpp"

namespace immure::plan {
namespace {

using test::ElfFile;

TEST_F(ImageTest, HoldsTheProgramAndTwoMountPoints) {
  const Image made = image();
  EXPECT_EQ(listed(made.directory),
            (std::vector<std::string>{"0555 .", "0555 app", "0555 app/tool", "0555 in", "0555 out"}));
  EXPECT_TRUE(made.cached);
  EXPECT_TRUE(file::is_sha256_hex(made.sha256));
  EXPECT_EQ(made.program_sha256, file::sha256_hex(*file::read_whole(program_, 1 << 20)));
}

TEST_F(ImageTest, PacksDirectoriesWithLinksThatStayInside) {
  dir_.write("lib/real/a", "1");
  std::filesystem::create_symlink("real", dir_ / "lib/dir");
  std::filesystem::create_symlink("real/a", dir_ / "lib/inside");
  std::filesystem::create_symlink("../tool", dir_ / "lib/outside");
  std::filesystem::create_symlink("/etc/passwd", dir_ / "lib/etc");
  std::filesystem::create_symlink("/usr/bin/env", dir_ / "lib/system");
  std::filesystem::create_symlink("nowhere", dir_ / "lib/dangling-inside");
  std::filesystem::create_symlink("/nowhere", dir_ / "lib/dangling");
  const Image made = image({dir_ / "lib"});
  const std::string lib = made.directory + "/app/lib";
  EXPECT_EQ(file::read_whole(lib + "/dir/a", 10), "1");
  EXPECT_EQ(std::filesystem::read_symlink(lib + "/inside"), "real/a");
  EXPECT_FALSE(std::filesystem::is_symlink(lib + "/system"));
  EXPECT_EQ(*file::read_whole(lib + "/system", 1 << 20), *file::read_whole("/usr/bin/env", 1 << 20));
  for (const auto* left : {"/outside", "/etc", "/dangling"})
    EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(lib + left))) << left;
  EXPECT_EQ(made.left_out.size(), 3U);
}

TEST_F(ImageTest, KeepsTimesThatInterpretersCompare) {
  const std::string path = dir_.write("lib/a.py", "1");
  const timespec times[2] = {{1'600'000'000, 5}, {1'600'000'000, 5}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  struct stat status{};
  ASSERT_EQ(::stat((image({dir_ / "lib"}).directory + "/app/lib/a.py").c_str(), &status), 0);
  EXPECT_EQ(status.st_mtim.tv_sec, 1'600'000'000);
  EXPECT_EQ(status.st_mtim.tv_nsec, 5);
  EXPECT_EQ(status.st_mode & 07777U, 0444U);
}

TEST_F(ImageTest, RefusesWhatDoesNotBelongInAnImage) {
  std::filesystem::create_directory(dir_ / "lib");
  ASSERT_EQ(::mkfifo((dir_ / "lib/fifo").c_str(), 0600), 0);
  EXPECT_FALSE(cached_image(closure({dir_ / "lib"})));
  std::filesystem::remove(dir_ / "lib/fifo");
  EXPECT_TRUE(cached_image(closure({dir_ / "lib"})));
  std::filesystem::create_symlink("/usr/lib", dir_ / "lib/usr");
  EXPECT_FALSE(cached_image(closure({dir_ / "lib"})));
  EXPECT_FALSE(closure_of(program_, {}, {dir_ / "missing"}));
  EXPECT_FALSE(closure_of(program_, {}, {"/"}));
  for (const auto* inner : {"/in/x", "/out", "/a/../b", "relative"}) {
    Closure odd = closure();
    odd.files.push_back({inner, program_});
    EXPECT_FALSE(cached_image(odd)) << inner;
  }
}

TEST_F(ImageTest, TwoFilesForOnePlaceAreRefused) {
  const std::string one = dir_.write("one/data", "1"), two = dir_.write("two/data", "2");
  EXPECT_TRUE(cached_image(closure({one, one})));
  const auto refused = cached_image(closure({one, two}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where, "/app/data");
}

TEST_F(ImageTest, PackWritesTheSameImageToADirectory) {
  const auto packed = pack_image(closure(), dir_ / "packed");
  ASSERT_TRUE(packed);
  EXPECT_EQ(packed->sha256, image().sha256);
  EXPECT_FALSE(packed->cached);
  const auto again = pack_image(closure(), dir_ / "packed");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::kBadInput);
}

TEST_F(ImageTest, FailedPackLeavesNoDirectory) {
  Closure odd = closure({dir_.write("gone", "x")});
  std::filesystem::remove(dir_ / "gone");
  EXPECT_FALSE(pack_image(odd, dir_ / "packed"));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "packed"));
}

TEST_F(ImageTest, AnUnfinishedImageIsRemovedByItsDescriptorAndNotByItsName) {
  ASSERT_EQ(::mkdir((dir_ / "image").c_str(), 0700), 0);
  const sys::Fd parent(::open(dir_.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const sys::Fd made(::open((dir_ / "image").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  dir_.write("image/half", "packed");
  {
    const Unfinished unfinished(parent.get(), "image", made.get());
    ASSERT_EQ(::rename((dir_ / "image").c_str(), (dir_ / "moved").c_str()), 0);
    ASSERT_EQ(::mkdir((dir_ / "image").c_str(), 0700), 0);
    dir_.write("image/precious", "of somebody else");
  }
  EXPECT_EQ(::access((dir_ / "image/precious").c_str(), F_OK), 0);
  EXPECT_NE(::access((dir_ / "moved/half").c_str(), F_OK), 0);
}

TEST_F(ImageTest, FileThatWasReplacedSinceItWasCheckedIsNotPacked) {
  const Closure checked = closure();
  const std::string other = dir_.write("other", ElfFile().bytes(true, PF_R | PF_W | PF_X));
  ASSERT_EQ(::chmod(other.c_str(), 0755), 0);
  std::filesystem::rename(other, program_);
  EXPECT_FALSE(cached_image(checked));
  EXPECT_TRUE(in_cache().empty());
}

TEST_F(ImageTest, PackedCopyMustBeWhatWasChecked) {
  Closure checked = closure();
  const std::string bytes = ElfFile().bytes(true, PF_R | PF_W | PF_X);
  std::ofstream(program_, std::ios::binary) << bytes;
  // Act like a write through a writable mapping: the bytes change, but stat(2) shows no change.
  ASSERT_EQ(::stat(program_.c_str(), &*checked.files.front().looked), 0);
  const auto refused = cached_image(checked);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where, "/app/tool");
  EXPECT_TRUE(in_cache().empty());
}

TEST_F(ImageTest, PrivateFileWithANameElsewhereIsNotPacked) {
  const std::string secret = dir_.write("secret", "x");
  dir_.write("lib/a", "1");
  std::filesystem::create_hard_link(secret, dir_ / "lib/b");
  EXPECT_TRUE(closure_of(program_, {}, {dir_ / "lib"}));
  ASSERT_EQ(::chmod(secret.c_str(), 0600), 0);
  EXPECT_FALSE(closure_of(program_, {}, {dir_ / "lib"}));
  std::filesystem::remove(secret);
  EXPECT_TRUE(closure_of(program_, {}, {dir_ / "lib"}));
}

}  // namespace
}  // namespace immure::plan
