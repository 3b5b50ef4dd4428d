#include "plan/image/image_cache.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "elf_file.hpp"
#include "file/io.hpp"
#include "file/sha256.hpp"
#include "image_fixture.hpp"

namespace immure::plan {
namespace {

using test::ElfFile;

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
    // Restore size, mode and mtime. Only the ctime shows the change.
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
  // Make so many files that the kill hits the build.
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
    // EFBIG stands for ENOSPC here, because both come from write(2).
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{50'000, 50'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto made = cached_image(wanted);
    ::_exit(!made && made.error().code == Code::kSystem && made.error().errno_value == EFBIG ? 0 : 1);
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
  // A name of the right form is not enough to make a file immure's own.
  std::filesystem::rename(dir_ / "cache/images/holiday", dir_ / ("cache/images/" + std::string(64, 'a')));
  EXPECT_FALSE(cached_image(closure()));
  EXPECT_TRUE(std::filesystem::exists(dir_ / ("cache/images/" + std::string(64, 'a') + "/photo.jpg")));
}

TEST_F(ImageTest, SweepLeavesNamesThatAreNotImmures) {
  static_cast<void>(image());
  const std::string photo = dir_.write("cache/images/holiday/photo.jpg", "x");
  const auto in_image = [&](char digit, const std::string& name, const std::string& text) {
    return dir_.write("cache/images/" + std::string(64, digit) + "/" + name, text);
  };
  const std::string old = in_image('a', "manifest", "immure-image of an earlier boot");
  // A name of the right form is not enough, and neither is a manifest if other files lie beside it.
  const std::vector<std::string> kept = {
      in_image('b', "thesis.txt", "x"), in_image('c', "manifest", "a ship's"), in_image('d', "root/thesis.txt", "x"),
      in_image('e', "manifest", "immure-image of an earlier boot"), in_image('e', "thesis.txt", "x")};
  static_cast<void>(image({dir_.write("other", "x")}));
  EXPECT_TRUE(std::filesystem::exists(photo));
  EXPECT_FALSE(std::filesystem::exists(old));
  for (const std::string& path : kept) EXPECT_TRUE(std::filesystem::exists(path)) << path;
}

TEST_F(ImageTest, FilesOfTheUserInThePlaceOfAnImageStay) {
  const std::filesystem::path made = std::filesystem::path(image().directory).parent_path();
  std::filesystem::permissions(made / "root", std::filesystem::perms::owner_all);
  std::filesystem::remove_all(dir_ / "cache");
  const std::string photo = dir_.write("cache/images/" + made.filename().string() + "/photo.jpg", "x");
  dir_.write("cache/images/.immure-cache", "");
  ASSERT_EQ(::chmod((dir_ / "cache").c_str(), 0700), 0);
  const auto refused = cached_image(closure());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kBadInput);
  EXPECT_TRUE(std::filesystem::exists(photo));
}

TEST_F(ImageTest, AMarkerThatIsNoFileIsRefusedAtOnce) {
  static_cast<void>(image());
  const std::string marker = dir_ / "cache/images/.immure-cache";
  std::filesystem::remove(marker);
  ASSERT_EQ(::mkfifo(marker.c_str(), 0600), 0);
  const auto refused = cached_image(closure());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kBadInput);
  EXPECT_EQ(refused.error().where, marker);
}

TEST_F(ImageTest, WrongSizeIsRefusedBeforeTheImageIsLookedFor) {
  static_cast<void>(image());
  ::setenv("IMMURE_CACHE_SIZE", "junk", 1);
  const auto refused = cached_image(closure());
  ::unsetenv("IMMURE_CACHE_SIZE");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where, "IMMURE_CACHE_SIZE");
  EXPECT_TRUE(cached_image(closure()));
}

TEST_F(ImageTest, RememberedTextsAreFewAndCanBeForgotten) {
  const auto cache = ImageCache::open();
  ASSERT_TRUE(cache);
  const auto of_kind = [&](std::string_view kind) {
    return std::ranges::count_if(in_cache(), [&](const std::string& name) { return name.starts_with(kind); });
  };
  ASSERT_TRUE(cache->remember_digest("a file", std::string(64, 'a')));
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(cache->remember_packages(std::to_string(i), "x"));
  EXPECT_EQ(of_kind("packages-"), 256);
  EXPECT_TRUE(cache->remembered_packages("299"));
  EXPECT_EQ(of_kind("digest-"), 1);
  cache->forget_all();
  EXPECT_TRUE(in_cache().empty());
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

TEST(ImageRecord, ReadsBackExactlyWhatItWrites) {
  const ImageRecord record{"boot", std::string(64, 'a'), std::string(64, 'b'), std::string(64, 'c'),
                           std::string(64, 'd')};
  const std::string text = record_text(record);
  ASSERT_TRUE(parse_record(text));
  EXPECT_EQ(record_text(*parse_record(text)), text);
  EXPECT_FALSE(parse_record(""));
  EXPECT_FALSE(parse_record(text + "x"));
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(parse_record(text.substr(0, size))) << size;
}

}  // namespace
}  // namespace immure::plan
