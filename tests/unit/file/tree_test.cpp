#include "file/tree.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <algorithm>

#include "file/io.hpp"
#include "sys/seccomp.hpp"
#include "temp_dir.hpp"

namespace immure::file {
namespace {

using test::TempDir;

sys::Fd open_directory(const std::string& path) {
  return sys::Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

std::vector<Entry> scanned(const std::string& path) {
  auto entries = scan(open_directory(path).get(), "tree");
  EXPECT_TRUE(entries) << (entries ? "" : to_text(entries.error()));
  return entries ? *entries : std::vector<Entry>{};
}

std::vector<std::string> paths(const std::vector<Entry>& entries) {
  std::vector<std::string> result;
  for (const Entry& entry : entries) result.push_back(entry.path);
  return result;
}

std::string manifest(const std::string& path) {
  const auto entries = scanned(path);
  const sys::Fd root = open_directory(path);
  ManifestHasher hasher(root.get(), "tree", entries);
  EXPECT_EQ(hasher.step(~std::uint64_t{0}), true);
  return hasher.manifest_digest();
}

TEST(Scan, ListsTheRootFirstAndTheRestByBytes) {
  const TempDir dir;
  for (const auto* name : {"b", "a/x", "a.b", "-", "a/\xff"}) dir.write(name, "");
  EXPECT_EQ(paths(scanned(dir.path())), (std::vector<std::string>{".", "-", "a", "a.b", "a/x", "a/\xff", "b"}));
}

TEST(Scan, TellsEveryKindWithoutOpeningIt) {
  const TempDir dir;
  dir.write("file", "12345");
  std::filesystem::create_directory(dir / "directory");
  ASSERT_EQ(::symlink("/etc/passwd", (dir / "link").c_str()), 0);
  ASSERT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  const sys::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (dir / "socket").copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);

  const auto entries = scanned(dir.path());
  const auto kind = [&](std::string_view path) { return std::ranges::find(entries, path, &Entry::path)->kind; };
  EXPECT_EQ(kind("file"), Kind::kFile);
  EXPECT_EQ(kind("directory"), Kind::kDirectory);
  EXPECT_EQ(kind("link"), Kind::kLink);
  EXPECT_EQ(kind("fifo"), Kind::kFifo);
  EXPECT_EQ(kind("socket"), Kind::kSocket);
  EXPECT_EQ(std::ranges::find(entries, "link", &Entry::path)->target, "/etc/passwd");
  EXPECT_EQ(std::ranges::find(entries, "file", &Entry::path)->size, 5U);
  EXPECT_EQ(name(Kind::kCharDevice), "char-device");
}

TEST(Scan, DoesNotWalkThroughALinkToADirectory) {
  const TempDir dir;
  dir.write("real/inside", "");
  ASSERT_EQ(::symlink("real", (dir / "link").c_str()), 0);
  EXPECT_EQ(paths(scanned(dir.path())), (std::vector<std::string>{".", "link", "real", "real/inside"}));
}

TEST(Scan, RefusesMoreEntriesThanTheLimit) {
  const TempDir dir;
  for (const auto* name : {"a", "b", "c"}) dir.write(name, "");
  const sys::Fd root = open_directory(dir.path());
  EXPECT_TRUE(scan(root.get(), "tree", {.entries = 4}));
  const auto refused = scan(root.get(), "tree", {.entries = 3});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kBadInput);
}

TEST(Scan, RefusesATreeDeeperThanTheLimit) {
  const TempDir dir;
  dir.write("1/2/3/file", "");
  const sys::Fd root = open_directory(dir.path());
  EXPECT_TRUE(scan(root.get(), "tree", {.depth = 4}));
  const auto refused = scan(root.get(), "tree", {.depth = 3});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where, "tree/1/2/");
}

TEST(Scan, KnowsMountPoints) {
  const TempDir dir;
  std::filesystem::create_directories(dir / "plain/below");
  std::filesystem::create_directories(dir / "mounted");
  std::filesystem::create_directories(dir / "same-device");
  dir.write("file", "");
  constexpr int kNoMounts = 77;
  const int child = ::fork();
  if (child == 0) {
    // The child has its own mount namespace, so the mount disappears with the child.
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
        ::mount("none", (dir / "mounted").c_str(), "tmpfs", 0, nullptr) != 0 ||
        ::mount((dir / "plain").c_str(), (dir / "same-device").c_str(), nullptr, MS_BIND, nullptr) != 0 ||
        ::mount((dir / "file").c_str(), (dir / "file").c_str(), nullptr, MS_BIND, nullptr) != 0)
      ::_exit(kNoMounts);
    std::vector<std::string> points;
    for (const Entry& entry : scanned(dir.path())) {
      if (entry.mount_point) points.push_back(entry.path);
    }
    ::_exit(points == std::vector<std::string>{"file", "mounted", "same-device"} ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNoMounts)
    GTEST_SKIP() << "kernel: no mount in a user namespace here";
  EXPECT_EQ(status, 0);
  for (const Entry& entry : scanned(dir.path())) EXPECT_FALSE(entry.mount_point) << entry.path;
}

TEST(Scan, NamesADirectoryThatCannotBeRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "root: root reads everything";
  const TempDir dir;
  std::filesystem::create_directory(dir / "closed");
  ASSERT_EQ(::chmod((dir / "closed").c_str(), 0), 0);
  const auto refused = scan(open_directory(dir.path()).get(), "tree");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where, "tree/closed");
}

/// More directories than one reader keeps for itself. Some are empty, and some are deep.
constexpr int kTops = 150;
void grow(const TempDir& dir) {
  for (int i = 0; i < 300; ++i) {
    const std::string top = std::to_string(i % kTops) + "/" + std::to_string(i);
    dir.write(top + "/x/y/file", "1");
    dir.write(top + "-file", "22");
    std::filesystem::create_directories(dir / (top + "/empty"));
  }
}

TEST(Scan, GivesTheSameWithAnyNumberOfReaders) {
  const TempDir dir;
  grow(dir);
  const sys::Fd root = open_directory(dir.path());
  const auto alone = scan(root.get(), "tree");
  ASSERT_TRUE(alone);
  EXPECT_TRUE(std::ranges::is_sorted(paths(*alone)));
  EXPECT_EQ(alone->size(), std::size_t{1 + kTops + 300 * 6});
  for (const unsigned readers : {2U, 3U, 8U}) {
    for (int i = 0; i < 20; ++i) {
      const auto together = scan(root.get(), "tree", {.readers = readers});
      ASSERT_TRUE(together);
      EXPECT_EQ(paths(*together), paths(*alone));
      EXPECT_EQ(stat_digest(*together), stat_digest(*alone));
    }
  }
}

TEST(Scan, EveryReaderEndsWhenOneFails) {
  const TempDir dir;
  grow(dir);
  dir.write("3/1/2/3/4/5/6/7/8/9/deep", "");
  const sys::Fd root = open_directory(dir.path());
  for (int i = 0; i < 20; ++i) {
    const auto refused = scan(root.get(), "tree", {.depth = 9, .readers = 4});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().where, "tree/3/1/2/3/4/5/6/7/");
    const auto many = scan(root.get(), "tree", {.entries = 1000, .readers = 4});
    ASSERT_FALSE(many);
    EXPECT_EQ(many.error().what, "more than 1000 entries");
  }
}

TEST(Scan, OneReaderDoesItWhereThereCanBeNoOther) {
  const TempDir dir;
  grow(dir);
  const auto expected = paths(scanned(dir.path()));
  const int child = ::fork();
  if (child == 0) {
    // clone and clone3 fail with EAGAIN, as they do if there are too many processes.
    constexpr std::uint32_t kRefuse = SECCOMP_RET_ERRNO | EAGAIN;
    const sys::Instruction filter[] = {{BPF_LD | BPF_W | BPF_ABS, 0, 0, 0},
                                       {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, __NR_clone},
                                       {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, __NR_clone3},
                                       {BPF_RET | BPF_K, 0, 0, kRefuse},
                                       {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (!sys::install_filter(filter)) ::_exit(2);
    const auto alone = scan(open_directory(dir.path()).get(), "tree", {.readers = 4});
    ::_exit(alone && paths(*alone) == expected ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(Scan, SaysThatALinkChangedIfAFileTookItsPlace) {
  const TempDir dir;
  ASSERT_EQ(::symlink("/etc/passwd", (dir / "link").c_str()), 0);
  const int child = ::fork();
  if (child == 0) {
    // readlinkat fails with EINVAL, as for a file that took the place of the link a moment ago.
    constexpr std::uint32_t kRefuse = SECCOMP_RET_ERRNO | EINVAL;
    const sys::Instruction filter[] = {{BPF_LD | BPF_W | BPF_ABS, 0, 0, 0},
                                       {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, __NR_readlinkat},
                                       {BPF_RET | BPF_K, 0, 0, kRefuse},
                                       {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (!sys::install_filter(filter)) ::_exit(2);
    const auto found = scan(open_directory(dir.path()).get(), "input");
    ::_exit(!found && found.error().code == Code::kBadInput && found.error().where == "input/link" ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(Scan, ReadsPathsLongerThanTheKernelTakesAtOnce) {
  const TempDir dir;
  const std::string name(200, 'n');
  sys::Fd at = open_directory(dir.path());
  constexpr std::size_t kLevels = 40;
  for (std::size_t i = 0; i < kLevels; ++i) {
    ASSERT_EQ(::mkdirat(at.get(), name.c_str(), 0700), 0);
    at = sys::Fd(::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_TRUE(at);
  }
  const auto entries = scanned(dir.path());
  ASSERT_EQ(entries.size(), kLevels + 1);
  EXPECT_EQ(entries.back().path.size(), kLevels * (name.size() + 1) - 1);
}

TEST(Scan, AsksForCapabilitiesIfTheOptionIsSet) {
  const TempDir dir;
  const std::string path = dir.write("ping", "");
  dir.write("plain", "");
  // VFS_CAP_REVISION_2, the effective bit, and CAP_NET_RAW (capabilities(7)).
  constexpr std::string_view kRaw("\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
                                  20);
  if (::setxattr(path.c_str(), "security.capability", kRaw.data(), kRaw.size(), 0) != 0)
    GTEST_SKIP() << "root: needs CAP_SETFCAP";
  const sys::Fd root = open_directory(dir.path());
  const auto entries = scan(root.get(), "tree", {.capabilities = true});
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->at(1).capabilities,
            "0100000200200000"
            "000000000000000000000000");
  EXPECT_EQ(entries->at(2).capabilities, "");
  EXPECT_EQ(scanned(dir.path()).at(1).capabilities, "");
}

TEST(StatDigest, ChangesWithContentModeNameAndLinks) {
  const TempDir dir;
  dir.write("a", "1");
  const std::string first = stat_digest(scanned(dir.path()));
  EXPECT_EQ(stat_digest(scanned(dir.path())), first);

  auto entries = scanned(dir.path());
  const auto changed = [&](auto change) {
    auto copy = entries;
    change(copy.back());
    return stat_digest(copy);
  };
  EXPECT_NE(changed([](Entry& e) { e.mode ^= 1U; }), first);
  EXPECT_NE(changed([](Entry& e) { ++e.size; }), first);
  EXPECT_NE(changed([](Entry& e) { ++e.mtime_ns; }), first);
  EXPECT_NE(changed([](Entry& e) { ++e.ctime_ns; }), first);
  EXPECT_NE(changed([](Entry& e) { ++e.inode; }), first);
  EXPECT_NE(changed([](Entry& e) { ++e.uid; }), first);
  EXPECT_NE(changed([](Entry& e) { e.path += "b"; }), first);
  EXPECT_NE(changed([](Entry& e) { e.target = "b"; }), first);
  EXPECT_NE(changed([](Entry& e) { e.kind = Kind::kFifo; }), first);
}

TEST(StatDigest, NameAndTargetCannotBeShifted) {
  Entry one, other;
  one.path = "ab";
  one.target = "c";
  other.path = "a";
  other.target = "bc";
  EXPECT_NE(stat_digest({one}), stat_digest({other}));
}

TEST(ManifestHasher, WritesOneEscapedLineForEachEntry) {
  const TempDir dir;
  dir.write("a b\\\n", "abc");
  ASSERT_EQ(::symlink("a", (dir / "link").c_str()), 0);
  ASSERT_EQ(::chmod(dir.path().c_str(), 0750), 0);
  ASSERT_EQ(::chmod((dir / "a b\\\n").c_str(), 0640), 0);
  EXPECT_EQ(
      manifest(dir.path()),
      sha256_hex("directory 0750 0 - - .\n"
                 "file 0640 3 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad - a\\x20b\\x5c\\x0a\n"
                 "link 0777 0 - a link\n"));
}

TEST(ManifestHasher, DoesNotDependOnTimesOrInodes) {
  const TempDir one, other;
  for (const TempDir* dir : {&one, &other}) {
    dir->write("sub/a", "x");
    ASSERT_EQ(::chmod(dir->path().c_str(), 0755), 0);
  }
  const timespec times[2] = {{1, 0}, {1, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (one / "sub/a").c_str(), times, 0), 0);
  EXPECT_EQ(manifest(one.path()), manifest(other.path()));
}

TEST(ManifestHasher, WorksInStepsToTheSameDigest) {
  const TempDir dir;
  dir.write("big", std::string(300'000, 'x'));
  for (int i = 0; i < 20; ++i) dir.write("small" + std::to_string(i), "y");
  const auto entries = scanned(dir.path());
  const sys::Fd root = open_directory(dir.path());
  ManifestHasher hasher(root.get(), "tree", entries);
  int steps = 1;
  for (auto done = hasher.step(65536);; done = hasher.step(65536), ++steps) {
    ASSERT_TRUE(done);
    if (*done) break;
  }
  EXPECT_GT(steps, 4);
  EXPECT_EQ(hasher.manifest_digest(), manifest(dir.path()));
}

TEST(ManifestHasher, HoldsTheDigestOfEachFile) {
  const TempDir dir;
  dir.write("a", "abc");
  const auto entries = scanned(dir.path());
  const sys::Fd root = open_directory(dir.path());
  ManifestHasher hasher(root.get(), "tree", entries);
  ASSERT_EQ(hasher.step(1 << 20), true);
  EXPECT_EQ(hasher.file_digests(), (std::vector<std::string>{"", sha256_hex("abc")}));
}

TEST(ManifestHasher, RefusesAFileThatChangedAfterTheScan) {
  for (const auto* change : {"rewritten", "replaced", "link", "removed"}) {
    const TempDir dir;
    dir.write("a", "1");
    dir.write("other", "1");
    const auto entries = scanned(dir.path());
    const std::string path = dir / "a";
    if (change == std::string_view("rewritten")) dir.write("a", "22");
    if (change == std::string_view("replaced")) std::filesystem::rename(dir / "other", path);
    if (change == std::string_view("removed") || change == std::string_view("link")) std::filesystem::remove(path);
    if (change == std::string_view("link")) std::filesystem::create_symlink("other", path);
    const sys::Fd root = open_directory(dir.path());
    ManifestHasher hasher(root.get(), "tree", entries);
    const auto done = hasher.step(1 << 20);
    ASSERT_FALSE(done) << change;
    EXPECT_EQ(done.error().code, Code::kBadInput) << change;
    EXPECT_EQ(done.error().where, "tree/a") << change;
  }
}

}  // namespace
}  // namespace immure::file
