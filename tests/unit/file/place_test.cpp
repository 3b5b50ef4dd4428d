#include "file/place.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/readable_path.hpp"
#include "temp_dir.hpp"

namespace immure::file {
namespace {

using test::TempDir;
namespace fs = std::filesystem;

/// True if a held directory is the directory of this path.
bool is(const sys::Fd& held, const std::string& path) {
  struct stat one{}, other{};
  return ::fstat(held.get(), &one) == 0 && ::stat(path.c_str(), &other) == 0 && one.st_ino == other.st_ino &&
         one.st_dev == other.st_dev;
}

/// The errno of a refusal; 0 if nothing was refused.
template <class T>
int refusal(const Result<T>& result) {
  return result ? 0 : result.error().errno_value;
}

/// The temporary directory's path with its own links resolved.
std::string real(const TempDir& dir) { return fs::canonical(dir.path()); }

TEST(Place, IsANameInAHeldDirectory) {
  const TempDir dir;
  dir.write("a/b/file", "");
  const auto place = place_of(dir / "a/./b//new");
  ASSERT_TRUE(place) << to_text(place.error());
  EXPECT_EQ(place->name, "new");
  EXPECT_EQ(place->path(), real(dir) + "/a/b/new");
  EXPECT_TRUE(is(place->directory, dir / "a/b"));
  EXPECT_EQ(status_of(*place).error().value, ENOENT);
  EXPECT_TRUE(status_of(*place_of(dir / "a/b/file")));
}

/// A path through a descriptor starts in the open directory, whatever has the directory's name by now.
TEST(Place, StartsInTheDirectoryOfADescriptor) {
  const TempDir dir;
  dir.write("a/b/file", "");
  const auto held = hold_directory(dir / "a");
  ASSERT_TRUE(held);
  const std::string link = "/proc/self/fd/" + std::to_string(held->fd.get());
  fs::rename(dir / "a", dir / "moved");
  dir.write("a/b/file", "of somebody else");
  for (const char* directory : {"/b", "/./b", "//b/"}) {
    const auto inner = hold_directory(link + directory);
    ASSERT_TRUE(inner) << to_text(inner.error());
    EXPECT_TRUE(is(inner->fd, dir / "moved/b")) << directory;
  }
  const auto place = place_of(link + "/b/file");
  ASSERT_TRUE(place) << to_text(place.error());
  EXPECT_TRUE(is(place->directory, dir / "moved/b"));
  EXPECT_EQ(place->path(), real(dir) + "/moved/b/file");
  EXPECT_EQ(place->shown, real(dir) + "/moved/b/file");
  EXPECT_TRUE(is(hold_directory(link)->fd, dir / "moved"));
  EXPECT_TRUE(is(hold_directory(link + "/.")->fd, dir / "moved"));
  // The twin: the name itself leads to the other directory.
  EXPECT_TRUE(is(hold_directory(dir / "a/b")->fd, dir / "a/b"));
}

TEST(Place, WalksBehindADescriptorAsEverywhere) {
  const TempDir dir;
  dir.write("a/file", "");
  fs::create_symlink("file", dir / "a/link");
  const auto held = hold_directory(dir / "a");
  const std::string link = "/proc/self/fd/" + std::to_string(held->fd.get());
  EXPECT_EQ(refusal(hold_directory(link + "/link")), ENOTDIR);
  EXPECT_EQ(refusal(hold_directory(link + "/nothing")), ENOENT);
  EXPECT_EQ(refusal(hold_directory("/proc/self/fd/999999")), ENOENT);
}

TEST(ReadablePath, NamesTheDirectoryOfADescriptor) {
  const TempDir dir;
  const auto held = hold_directory(dir.path());
  const std::string link = "/proc/self/fd/" + std::to_string(held->fd.get());
  EXPECT_EQ(readable_path(link), real(dir));
  EXPECT_EQ(readable_path(link + "/."), real(dir));
  EXPECT_EQ(readable_path(link + "/a/b"), real(dir) + "/a/b");
  for (const char* path :
       {"", "/", "a", "/proc/self/fd", "/proc/self/fd/", "/proc/self/fd/x", "/proc/self/fd/999999/a"})
    EXPECT_EQ(readable_path(path), path);
  EXPECT_EQ(readable_path(link + "x"), link + "x");
}

TEST(Place, NeedsALastComponent) {
  const TempDir dir;
  for (const std::string& path :
       {std::string(), std::string("/"), std::string("."), std::string(".."), dir / "a/", dir / ".", dir / ".."}) {
    const auto place = place_of(path);
    ASSERT_FALSE(place) << path;
    EXPECT_EQ(place.error().code, Code::kBadInput) << path;
  }
  const auto held = hold_directory(dir.path());
  ASSERT_TRUE(held);
  for (const char* name : {"", ".", "..", "a/b"}) EXPECT_FALSE(place_in(held->fd, held->path, name, name)) << name;
  EXPECT_EQ(place_in(held->fd, held->path, "a", "a")->path(), real(dir) + "/a");
  EXPECT_EQ(place_of("/etc")->path(), "/etc");
}

TEST(Place, ADirectoryThatIsMissingOrAFileIsNoWay) {
  const TempDir dir;
  dir.write("file", "");
  EXPECT_EQ(refusal(place_of(dir / "missing/x")), ENOENT);
  EXPECT_EQ(refusal(place_of(dir / "file/x")), ENOTDIR);
  EXPECT_EQ(refusal(hold_directory(dir / "file")), ENOTDIR);
  EXPECT_TRUE(hold_named(dir / "file"));
  EXPECT_EQ(refusal(hold_named(dir / "file/x")), ENOTDIR);
}

TEST(Place, LinksOfOnesOwnAreFollowedAndResolved) {
  const TempDir dir;
  dir.write("real/sub/file", "");
  ASSERT_EQ(::symlink("real/sub", (dir / "relative").c_str()), 0);
  ASSERT_EQ(::symlink((dir / "real").c_str(), (dir / "absolute").c_str()), 0);
  ASSERT_EQ(::symlink("relative/../../absolute/sub/file", (dir / "to-file").c_str()), 0);
  EXPECT_EQ(place_of(dir / "relative/x")->path(), real(dir) + "/real/sub/x");
  EXPECT_EQ(place_of(dir / "absolute/sub/../x")->path(), real(dir) + "/real/x");
  EXPECT_EQ(hold_named(dir / "to-file")->path, real(dir) + "/real/sub/file");
  // The last component of a place is only a name, so a link there is not followed.
  EXPECT_EQ(place_of(dir / "relative")->path(), real(dir) + "/relative");
  EXPECT_TRUE(S_ISLNK(status_of(*place_of(dir / "relative"))->st_mode));
}

TEST(Place, LinksThatNeverEndAreRefused) {
  const TempDir dir;
  ASSERT_EQ(::symlink("round", (dir / "round").c_str()), 0);
  EXPECT_EQ(refusal(hold_directory(dir / "round")), ELOOP);
  for (int i = 0; i < 41; ++i)
    ASSERT_EQ(::symlink(i == 0 ? "." : std::to_string(i - 1).c_str(), (dir / std::to_string(i)).c_str()), 0);
  EXPECT_TRUE(hold_directory(dir / "39"));
  EXPECT_EQ(refusal(hold_directory(dir / "40")), ELOOP);
}

TEST(Place, ALinkOfAnotherUserIsNotFollowed) {
  if (::geteuid() != 0) GTEST_SKIP() << "root: only root can make what belongs to another user";
  constexpr uid_t kOther = 65534;
  const TempDir dir;
  dir.write("real/file", "");
  ASSERT_EQ(::symlink("real", (dir / "link").c_str()), 0);
  EXPECT_TRUE(place_of(dir / "link/x"));
  ASSERT_EQ(::lchown((dir / "link").c_str(), kOther, kOther), 0);
  ASSERT_FALSE(place_of(dir / "link/x") || hold_directory(dir / "link") || hold_named(dir / "link/file"));
  for (const auto& refused : {place_of(dir / "link/x").error(), hold_directory(dir / "link").error(),
                              hold_named(dir / "link/file").error()}) {
    EXPECT_EQ(refused.code, Code::kBadInput);
    EXPECT_NE(to_text(refused).find("symbolic link link of user 65534"), std::string::npos) << to_text(refused);
  }
}

TEST(Place, WhatIsHeldStaysTheSameWhenItIsRenamed) {
  const TempDir dir;
  dir.write("a/file", "");
  const auto place = place_of(dir / "a/file");
  ASSERT_TRUE(place);
  fs::rename(dir / "a", dir / "b");
  fs::create_directory(dir / "a");
  EXPECT_TRUE(is(place->directory, dir / "b"));
  EXPECT_TRUE(status_of(*place));
}

TEST(Place, GoesUpByTheNamesThatWereWalked) {
  const TempDir dir;
  dir.write("a/b/c/file", "");
  EXPECT_EQ(place_of(dir / "a/b/../b/c/../../x")->path(), real(dir) + "/a/x");
  EXPECT_EQ(place_of("/../../x")->path(), "/x");
}

TEST(MakeDirectory, TheDirectoryIsNewAndEmptyAndBelongsToTheCaller) {
  const TempDir dir;
  const auto held = hold_directory(dir.path());
  ASSERT_TRUE(held);
  const auto made = make_directory(held->fd, "new", 0755, "new", Code::kBadInput);
  ASSERT_TRUE(made) << to_text(made.error());
  EXPECT_TRUE(is(*made, dir / "new"));
  const auto again = make_directory(held->fd, "new", 0755, "new", Code::kBadInput);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().errno_value, EEXIST);
  EXPECT_EQ(again.error().code, Code::kBadInput);
}

TEST(MakeDirectory, WorksUnderAUmaskThatTakesEverything) {
  const TempDir dir;
  const auto held = hold_directory(dir.path());
  ASSERT_TRUE(held);
  const mode_t before = ::umask(0777);
  const auto made = make_directory(held->fd, "closed", 0755, "closed", Code::kBadInput);
  ::umask(before);
  ASSERT_TRUE(made) << to_text(made.error());
  const sys::Fd file(::openat(made->get(), "file", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  EXPECT_TRUE(file);
}

HeldDirectory held(const std::string& path) {
  auto directory = hold_directory(path);
  EXPECT_TRUE(directory) << path;
  return directory ? *std::move(directory) : HeldDirectory{};
}

TEST(Place, DirectoryLiesInItselfAndInEveryParent) {
  const TempDir directory;
  std::filesystem::create_directories(directory / "a/b/c");
  std::filesystem::create_directories(directory / "ab");
  const auto a = held(directory / "a"), c = held(directory / "a/b/c"), beside = held(directory / "ab"),
             root = held("/");
  EXPECT_TRUE(lies_in(c.fd, a.fd).value());
  EXPECT_TRUE(lies_in(a.fd, a.fd).value());
  EXPECT_TRUE(lies_in(c.fd, root.fd).value());
  EXPECT_FALSE(lies_in(a.fd, c.fd).value());
  EXPECT_FALSE(lies_in(beside.fd, a.fd).value());
}

TEST(Place, HeldDirectoryIsAskedAndNotItsPath) {
  const TempDir directory;
  std::filesystem::create_directories(directory / "a/b");
  std::filesystem::create_directories(directory / "decoy/b");
  const auto a = held(directory / "a"), b = held(directory / "a/b");
  std::filesystem::rename(directory / "a", directory / "moved");
  std::filesystem::rename(directory / "decoy", directory / "a");
  EXPECT_TRUE(lies_in(b.fd, a.fd).value());
  EXPECT_FALSE(lies_in(b.fd, held(directory / "a").fd).value());
}

TEST(Place, PlacesAreTheSameByDirectoryAndName) {
  const TempDir directory;
  std::filesystem::create_directories(directory / "a/b");
  const auto one = place_of(directory / "a/b/../key"), same = place_of(directory / "a/key"),
             other = place_of(directory / "a/b/key");
  ASSERT_TRUE(one && same && other);
  EXPECT_TRUE(is_same_place(*one, *same).value());
  EXPECT_FALSE(is_same_place(*one, *other).value());
}

}  // namespace
}  // namespace immure::file
