#include "plan/image.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include "../file/temp_dir.hpp"
#include "elf_file.hpp"
#include "file/io.hpp"
#include "file/sha256.hpp"
#include "file/tree.hpp"
#include "plan/image_cache.hpp"
#include "sys/fd.hpp"

namespace immure::plan {
namespace {

using test::ElfFile;
using test::TempDir;

/// A cache and a static program of its own.
class ImageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::setenv("IMMURE_CACHE", (dir_ / "cache").c_str(), 1), 0);
    program_ = dir_.write("tool", ElfFile().bytes());
    ASSERT_EQ(::chmod(program_.c_str(), 0755), 0);
  }
  void TearDown() override { ::unsetenv("IMMURE_CACHE"); }

  Closure closure(const std::vector<std::string>& include = {}) {
    auto made = closure_of(program_, {}, include);
    EXPECT_TRUE(made) << (made ? "" : to_text(made.error()));
    return made ? *made : Closure{};
  }
  Image image(const std::vector<std::string>& include = {}) {
    auto made = cached_image(closure(include));
    EXPECT_TRUE(made) << (made ? "" : to_text(made.error()));
    return made ? *made : Image{};
  }
  [[nodiscard]] Result<Image> own_root(const std::string& program) const {
    auto rootfs = open_rootfs(dir_ / "root");
    if (!rootfs) return std::unexpected(rootfs.error());
    const auto closure = closure_in_rootfs(*rootfs, program, {});
    if (!closure) return std::unexpected(closure.error());
    return rootfs_image(*rootfs, *closure);
  }
  [[nodiscard]] std::vector<std::string> in_cache() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(dir_ / "cache/images"))
      if (entry.path().filename() != ".lock" && entry.path().filename() != ".immure-cache")
        names.push_back(entry.path().filename());
    return names;
  }

  TempDir dir_;
  std::string program_;
};

std::vector<std::string> listed(const std::string& root) {
  const sys::Fd fd(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::vector<std::string> lines;
  const auto entries = file::scan(fd.get(), root);
  for (const file::Entry& entry : entries.value_or(std::vector<file::Entry>{})) {
    char mode[8];
    std::snprintf(mode, sizeof mode, "%04o", entry.mode);
    lines.push_back(std::string(mode) + " " + entry.path);
  }
  return lines;
}

TEST_F(ImageTest, HoldsTheProgramAndTwoMountPoints) {
  const Image made = image();
  EXPECT_EQ(listed(made.directory),
            (std::vector<std::string>{"0555 .", "0555 app", "0555 app/tool", "0555 in", "0555 out"}));
  EXPECT_TRUE(made.cached);
  EXPECT_TRUE(file::is_sha256_hex(made.sha256));
  EXPECT_EQ(made.program_sha256, file::sha256_hex(*file::read_whole(program_, 1 << 20)));
}

TEST_F(ImageTest, SecondRunTakesTheFirstOnesImage) {
  const Image first = image();
  struct stat before{}, after{};
  ASSERT_EQ(::stat(first.directory.c_str(), &before), 0);
  const Image second = image();
  ASSERT_EQ(::stat(second.directory.c_str(), &after), 0);
  EXPECT_EQ(second.directory, first.directory);
  EXPECT_EQ(second.sha256, first.sha256);
  EXPECT_EQ(second.program_sha256, first.program_sha256);
  EXPECT_EQ(before.st_ino, after.st_ino);
}

TEST_F(ImageTest, ChangedProgramGetsAnotherImage) {
  const Image first = image();
  ElfFile other;
  other.string(DT_RPATH, "/x");
  dir_.write("tool", other.bytes());
  const Image second = image();
  EXPECT_NE(second.directory, first.directory);
  EXPECT_NE(second.sha256, first.sha256);
  EXPECT_NE(second.program_sha256, first.program_sha256);
}

TEST_F(ImageTest, TamperedImageIsBuiltAnew) {
  const Image first = image();
  const std::string inside = first.directory + "/app/tool";
  const std::string good = *file::read_whole(inside, 1 << 20);
  const auto tampered = [&](auto tamper) {
    tamper();
    const Image again = image();
    EXPECT_EQ(again.directory, first.directory);
    EXPECT_EQ(again.sha256, first.sha256);
    EXPECT_EQ(file::read_whole(inside, 1 << 20), good);
    EXPECT_EQ(listed(again.directory).size(), 5U);
  };
  tampered([&] {
    std::string bad = good;
    bad.back() = 'X';
    struct stat status{};
    ASSERT_EQ(::stat(inside.c_str(), &status), 0);
    ASSERT_EQ(::chmod(inside.c_str(), 0755), 0);
    std::ofstream(inside, std::ios::binary) << bad;
    ASSERT_EQ(::chmod(inside.c_str(), 0555), 0);
    // Size, mode and mtime as before: the ctime still tells.
    const timespec times[2] = {status.st_mtim, status.st_mtim};
    ASSERT_EQ(::utimensat(AT_FDCWD, inside.c_str(), times, 0), 0);
  });
  tampered([&] {
    ASSERT_EQ(::chmod(first.directory.c_str(), 0755), 0);
    std::ofstream(first.directory + "/extra") << "x";
  });
  tampered([&] { ASSERT_EQ(::chmod((first.directory + "/in").c_str(), 0777), 0); });
  tampered([&] { std::ofstream(first.directory + "/../manifest") << "immure-image 1\n"; });
}

TEST_F(ImageTest, ImageOfAnEarlierBootIsNotTrusted) {
  const Image first = image();
  const std::string manifest = first.directory + "/../manifest";
  auto record = parse_record(*file::read_whole(manifest, 4096));
  ASSERT_TRUE(record);
  record->boot = "00000000-0000-0000-0000-000000000000";
  record->content_sha256 = std::string(64, '0');
  std::ofstream(manifest) << record_text(*record);
  EXPECT_EQ(image().sha256, first.sha256);
}

TEST_F(ImageTest, DeadBuildersLeaveNothingForLong) {
  static_cast<void>(image());
  std::filesystem::create_directories(dir_ / "cache/images/.building-999999/root/usr");
  dir_.write("cache/images/.building-999999/root/usr/x", "half");
  ASSERT_EQ(::chmod((dir_ / "cache/images/.building-999999/root/usr").c_str(), 0555), 0);
  static_cast<void>(image({dir_.write("other", "x")}));
  EXPECT_EQ(in_cache().size(), 2U);
  for (const std::string& name : in_cache()) EXPECT_TRUE(file::is_sha256_hex(name)) << name;
}

TEST_F(ImageTest, BuildersWaitForEachOtherAndAgree) {
  const Closure wanted = closure();
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(cached_image(wanted) ? 0 : 1);
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(in_cache().size(), 1U);
}

TEST_F(ImageTest, KilledBuilderLeavesAWorkingCache) {
  // Enough files that the kill falls into the build.
  for (int i = 0; i < 2000; ++i) dir_.write("tree/" + std::to_string(i), "x");
  const Closure wanted = closure({dir_ / "tree"});
  const pid_t child = ::fork();
  if (child == 0) ::_exit(cached_image(wanted) ? 0 : 1);
  const std::string building = dir_ / ("cache/images/.building-" + std::to_string(child) + "/root/app");
  while (::access(building.c_str(), F_OK) != 0 && ::waitpid(child, nullptr, WNOHANG) == 0) ::sched_yield();
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  const auto made = cached_image(wanted);
  ASSERT_TRUE(made) << to_text(made.error());
  EXPECT_EQ(in_cache().size(), 1U);
  EXPECT_EQ(listed(made->directory).size(), 2006U);
}

TEST_F(ImageTest, FullDiskLeavesNothingBehind) {
  const Closure wanted = closure({dir_.write("large", std::string(100'000, 'x'))});
  const pid_t child = ::fork();
  if (child == 0) {
    // EFBIG stands for ENOSPC: both come from the write.
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{50'000, 50'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto made = cached_image(wanted);
    ::_exit(!made && made.error().code == Code::kSystem && made.error().number == EFBIG ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(in_cache().empty());
  EXPECT_TRUE(cached_image(wanted));
}

TEST_F(ImageTest, CacheOfSomebodyElseOrOpenToOthersIsRefused) {
  static_cast<void>(image());
  ASSERT_EQ(::chmod((dir_ / "cache").c_str(), 0777), 0);
  const auto refused = cached_image(closure());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kBadInput);
  ASSERT_EQ(::chmod((dir_ / "cache").c_str(), 0700), 0);
  EXPECT_TRUE(cached_image(closure()));
  if (::geteuid() != 0) return;
  ASSERT_EQ(::chown((dir_ / "cache").c_str(), 65534, 65534), 0);
  EXPECT_FALSE(cached_image(closure()));
}

TEST_F(ImageTest, DirectoryWithFilesOfSomebodyElseIsNoCache) {
  const std::string photo = dir_.write("cache/images/holiday/photo.jpg", "x");
  ASSERT_EQ(::chmod((dir_ / "cache").c_str(), 0700), 0);
  const auto refused = cached_image(closure());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kBadInput);
  EXPECT_TRUE(std::filesystem::exists(photo));
  // The form of a name alone does not make it immure's.
  std::filesystem::rename(dir_ / "cache/images/holiday", dir_ / ("cache/images/" + std::string(64, 'a')));
  EXPECT_FALSE(cached_image(closure()));
  EXPECT_TRUE(std::filesystem::exists(dir_ / ("cache/images/" + std::string(64, 'a') + "/photo.jpg")));
}

TEST_F(ImageTest, SweepLeavesNamesThatAreNotImmures) {
  static_cast<void>(image());
  const std::string photo = dir_.write("cache/images/holiday/photo.jpg", "x");
  const std::string old = dir_.write("cache/images/" + std::string(64, 'a') + "/manifest", "x");
  static_cast<void>(image({dir_.write("other", "x")}));
  EXPECT_TRUE(std::filesystem::exists(photo));
  EXPECT_FALSE(std::filesystem::exists(old));
}

TEST_F(ImageTest, CacheOfAnEarlierVersionIsTaken) {
  const Image first = image();
  ASSERT_TRUE(std::filesystem::remove(dir_ / "cache/images/.immure-cache"));
  EXPECT_EQ(image().directory, first.directory);
  EXPECT_TRUE(std::filesystem::exists(dir_ / "cache/images/.immure-cache"));
}

TEST_F(ImageTest, CacheIsNotReachedThroughALink) {
  std::filesystem::create_directory(dir_ / "real");
  std::filesystem::create_symlink("real", dir_ / "cache");
  EXPECT_FALSE(cached_image(closure()));
}

TEST_F(ImageTest, RelativeCacheIsRefused) {
  ::setenv("IMMURE_CACHE", "cache", 1);
  const auto refused = cached_image(closure());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where, "IMMURE_CACHE");
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
  // As a writable mapping does it: other bytes, and nothing that stat(2) would tell.
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

TEST_F(ImageTest, RootfsWithAChannelIsRefused) {
  ASSERT_TRUE(pack_image(closure(), dir_ / "root"));
  ASSERT_EQ(::chmod((dir_ / "root/app").c_str(), 0755), 0);
  ASSERT_EQ(::mkfifo((dir_ / "root/app/channel").c_str(), 0644), 0);
  const auto refused = own_root("/app/tool");
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().where.ends_with("/root/app/channel"));
  EXPECT_NE(refused.error().what.find("fifo"), std::string::npos);
}

TEST_F(ImageTest, RootfsNeedsBothMountPoints) {
  const auto packed = pack_image(closure(), dir_ / "root");
  ASSERT_TRUE(packed);
  const auto rootfs = own_root("/app/tool");
  ASSERT_TRUE(rootfs) << to_text(rootfs.error());
  EXPECT_EQ(rootfs->sha256, packed->sha256);
  EXPECT_EQ(rootfs->directory, packed->directory);
  EXPECT_EQ(rootfs->program_sha256, packed->program_sha256);
  EXPECT_FALSE(open_rootfs(dir_.path()));
  EXPECT_FALSE(open_rootfs(dir_ / "missing"));
}

TEST(ImageRecord, ReadsBackExactlyWhatItWrites) {
  const ImageRecord record{"boot", std::string(64, 'a'), std::string(64, 'b'), std::string(64, 'c')};
  const std::string text = record_text(record);
  ASSERT_TRUE(parse_record(text));
  EXPECT_EQ(record_text(*parse_record(text)), text);
  EXPECT_FALSE(parse_record(""));
  EXPECT_FALSE(parse_record(text + "x"));
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(parse_record(text.substr(0, size))) << size;
}

}  // namespace
}  // namespace immure::plan
