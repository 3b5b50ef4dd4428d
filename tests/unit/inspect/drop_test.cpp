#include <algorithm>
#include <cerrno>
#include <csignal>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "drop.hpp"
#include "inspect/lock_down.hpp"
#include "inspect/report/escape.hpp"
#include "text/base64.hpp"
#include "text/utf8.hpp"

namespace immure::inspect::test {
namespace {

using Drops = Drop;

TEST_F(Drops, AnEmptyDropIsCompleteAndClean) {
  EXPECT_EQ(run(), 0);
  EXPECT_TRUE(complete());
  EXPECT_TRUE(report()["entries"].empty());
}

TEST_F(Drops, TheInventoryNamesEveryEntry) {
  put("b/c.txt", "hello");
  put("a.bin", std::string("\x01\x02", 2), 0600);
  std::filesystem::create_symlink("a.bin", in() / "link");
  EXPECT_EQ(run(), 0) << report()["findings"].dump(1);
  Lines paths;
  for (const Json& one : report()["entries"])
    paths.push_back(one["path"].get<std::string>() + " " + one["kind"].get<std::string>());
  EXPECT_EQ(paths, (Lines{"a.bin file", "b directory", "b/c.txt file", "link link"}));
  EXPECT_EQ(entry("b/c.txt")["sha256"], file::sha256_hex("hello"));
  EXPECT_EQ(entry("b/c.txt")["size"], 5);
  EXPECT_EQ(entry("b/c.txt")["type"], "text");
  EXPECT_EQ(entry("a.bin")["mode"], "0600");
  EXPECT_EQ(entry("link")["target"], "a.bin");
}

TEST_F(Drops, LinksOutAreReportedAndNotFollowed) {
  put("ok.txt", "x");
  std::filesystem::create_symlink("/etc/passwd", in() / "passwd");
  std::filesystem::create_symlink("../..", in() / "up");
  std::filesystem::create_symlink("ok.txt", in() / "inside");
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(findings(), (Lines{"path.link-out passwd", "path.link-out up"}));
  EXPECT_FALSE(entry("passwd").contains("sha256"));
  EXPECT_EQ(report()["entries"].size(), 4U);
}

TEST_F(Drops, AnInventoryHashesAllAndLooksIntoNothing) {
  put("a.txt", eicar());
  put("b.zip", make_archive(as_zip, {{"e", eicar()}}));
  put("c.txt", "x", 0666);
  Limits limits;
  limits.inventory = true;
  EXPECT_EQ(run(limits, 2), 2);
  // The report still has the findings that need only the listing.
  EXPECT_EQ(findings(), (Lines{"limit.inventory .", "mode.writable c.txt"}));
  EXPECT_FALSE(complete());
  EXPECT_EQ(report()["coverage"]["reasons"], Json::parse(R"({"limit.inventory":1})"));
  for (const Json& one : report()["entries"]) {
    EXPECT_EQ(one["gaps"], Json::parse(R"(["limit.inventory"])"));
    EXPECT_EQ(one["by"], Json::array());
    EXPECT_EQ(one["sha256"], file::sha256_hex(slurp(in() / one["path"].get<std::string>())));
    EXPECT_FALSE(one.contains("members"));
  }
}

/// A child of `parent`, counted in the order in which the children were made; 0 if there are fewer.
int child_of(int parent, std::size_t place) {
  std::ifstream list("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children");
  int child = 0;
  for (std::size_t i = 0; i <= place; ++i) {
    if (!(list >> child)) return 0;
  }
  return child;
}

std::uint64_t bytes_read_by(int process) {
  std::ifstream io("/proc/" + std::to_string(process) + "/io");
  std::string label;
  std::uint64_t bytes = 0;
  io >> label >> bytes;
  return bytes;
}

TEST_F(Drops, AHasherThatDiesCostsNothing) {
  constexpr std::size_t kFiles = 64, kSize = 2 << 20;
  const std::string zeros(kSize, '\0');
  for (std::size_t i = 0; i < kFiles; ++i) put(std::to_string(i), zeros);
  const int parent = ::getpid();
  const int killer = ::fork();
  if (killer == 0) {
    ::alarm(60);
    // The test process has two children: this one, and the hasher, which is at work once it has read files.
    for (int hasher = 0; hasher == 0 || bytes_read_by(hasher) < 2 * kSize;) hasher = child_of(parent, 1);
    ::_exit(::kill(child_of(parent, 1), SIGKILL));
  }
  Limits limits;
  limits.inventory = true;
  run(limits);
  int status = -1;
  ASSERT_EQ(::waitpid(killer, &status, 0), killer);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(findings(), Lines{"limit.inventory ."});
  for (const Json& one : report()["entries"]) EXPECT_EQ(one["sha256"], file::sha256_hex(zeros)) << one.dump();
}

TEST_F(Drops, SpecialFilesAreReportedAndNotOpened) {
  ASSERT_EQ(::mkfifo((in() / "fifo").c_str(), 0600), 0);
  const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{.sun_family = AF_UNIX};
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", (in() / "socket").c_str());
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::chmod((in() / "socket").c_str(), 0600);
  ::close(listener);
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(findings(), (Lines{"mode.special fifo", "mode.special socket"}));
  EXPECT_TRUE(complete());
}

TEST_F(Drops, ModesAndHardLinksAreReported) {
  put("suid", "x", 04755);
  put("open", "x", 0666);
  put("one", "x");
  put("same-1", "x");
  std::filesystem::create_hard_link(in() / "one", out() / "elsewhere");
  std::filesystem::create_hard_link(in() / "same-1", in() / "same-2");
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(findings(), (Lines{"mode.hard-link one", "mode.writable open", "mode.set-id suid"}));
}

TEST_F(Drops, NamesThatCollideInCaseAreReported) {
  put("Makefile", "x");
  put("makefile", "y");
  put("d/MAKEFILE", "z");
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(findings(), (Lines{"name.case-collision Makefile", "name.case-collision makefile"}));
}

TEST_F(Drops, NamesCollideAlsoWhereNoneOfThemIsInLowerCase) {
  for (const char* name : {"d/README", "d/Readme", "d/ReadMe", "\xc3\x84", "\xc3\xa4", "D"}) put(name, "x");
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(findings(), (Lines{"name.case-collision D", "name.case-collision d", "name.case-collision d/README",
                               "name.case-collision d/ReadMe", "name.case-collision d/Readme",
                               "name.case-collision \xc3\x84", "name.case-collision \xc3\xa4"}));
}

TEST_F(Drops, HostileNamesAreEscapedInEveryReport) {
  const std::string evil = "a\x1B[31m\nb\xE2\x80\xAEtxt\xFF.sh";
  put(evil, "#!/bin/sh\n");
  EXPECT_EQ(run(), 1);
  for (const char* name : {"report.json", "report.sarif", "manifest.json"}) {
    const std::string text = slurp(out() / name);
    EXPECT_TRUE(std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }))
        << name;
    EXPECT_EQ(text.find("\xE2\x80\xAE"), std::string::npos) << name;
    EXPECT_TRUE(text::is_utf8(text)) << name;
  }
  EXPECT_EQ(report()["entries"][0]["path"], "a%1B[31m%0Ab%E2%80%AEtxt%FF.sh");
  EXPECT_EQ(report()["entries"][0]["path_base64"], text::base64(evil));
}

TEST_F(Drops, TextsThatReorderThemselvesAreReported) {
  put("a.c", "if (x) { /* \xE2\x80\xAE } \xE2\x81\xA6 if (y) */\n");
  put("hebrew.txt", "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D\xE2\x80\x8F\n");
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(findings(), Lines{"text.bidi a.c"});
  EXPECT_EQ(report()["findings"][0]["offset"], 12);
}

TEST_F(Drops, SecretsAreFoundAndNotShown) {
  const std::string token = "ghp_" + std::string(20, 'A') + std::string(16, 'b');
  put("config.txt", "token = " + token + "\n");
  put("binary.bin", std::string("\0\1\2", 3) + token);
  EXPECT_EQ(run(), 2);
  EXPECT_EQ(findings(), (Lines{"type.unknown binary.bin", "yara.secret_github_token binary.bin",
                               "yara.secret_github_token config.txt"}));
  for (const char* name : {"report.json", "report.sarif"}) {
    const std::string text = slurp(out() / name);
    EXPECT_EQ(text.find(token.substr(0, 8)), std::string::npos) << name;
    EXPECT_NE(text.find("ghp_..."), std::string::npos) << name;
  }
}

TEST_F(Drops, UnreadableFilesAreReportedAndTheRestIsInspected) {
  if (::geteuid() == 0) GTEST_SKIP() << "root: root reads everything";
  put("locked", "x", 0000);
  put("e.txt", eicar());
  EXPECT_EQ(run(), 2);
  EXPECT_EQ(findings(), (Lines{"yara.eicar_test_file e.txt", "read.failed locked"}));
}

TEST_F(Drops, LimitsOfTheTreeAreReported) {
  put("1/2/3/4", "x");
  Limits limits;
  limits.directory_depth = 2;
  EXPECT_EQ(run(limits), 2);
  EXPECT_EQ(findings(), Lines{"limit.directory-depth 1/2"});
  limits = {};
  limits.entries = 2;
  EXPECT_EQ(run(limits), 2);
  EXPECT_EQ(findings(), Lines{"limit.entries 1/2/3"});
}

Lines listed(const Scan& found) {
  Lines paths;
  for (const Entry& entry : found.entries) paths.push_back(entry.path);
  return paths;
}

TEST_F(Drops, EntriesAreListedInTheOrderOfTheirPaths) {
  for (const char* name : {"a-b", "a.c", "a/x", "a/x-y", "a/x.d/z", "a0", "-", "a/\xff", "b/c/d/e"}) put(name, "x");
  const sys::Fd root(::open(in().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const Limits limits;
  const Lines whole = listed(scan(root.get(), limits));
  EXPECT_TRUE(std::ranges::is_sorted(whole));
  EXPECT_EQ(whole.size(), 14U);
  // The number of entries listed at a time makes no difference.
  Listing listing(root.get(), limits);
  std::size_t known = 0;
  while (listing.step(1)) {
    EXPECT_LE(listing.found().entries.size(), known + 1);
    known = listing.found().entries.size();
  }
  EXPECT_EQ(listed(listing.found()), whole);
  // A limit keeps exactly as many entries as it allows, and always the first ones.
  for (std::size_t most = 1; most < whole.size(); ++most) {
    Limits few;
    few.entries = most;
    const Scan found = scan(root.get(), few);
    EXPECT_EQ(listed(found), Lines(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(most)));
    ASSERT_EQ(found.troubles.size(), 1U);
    EXPECT_EQ(found.troubles[0].path, whole[most]);
  }
}

TEST_F(Drops, WhatTheCellCannotSeeStandsAtItsPlace) {
  for (const char* name : {"b", "d", "f"}) put(name, name);
  std::vector<Entry> hidden;
  for (const char* name : {"a", "c", "g"}) hidden.push_back({.path = name, .kind = EntryKind::kFifo, .mode = 0600});
  hidden.insert(hidden.begin() + 2, {.path = "d", .mode = 04755, .group = 1});
  data_.hidden = hidden;
  EXPECT_EQ(run(), 1);
  Lines seen;
  for (const Json& one : report()["entries"]) {
    const std::string path = one["path"];
    seen.push_back(path + " " + one["kind"].get<std::string>());
    EXPECT_EQ(one.contains("sha256"), one["kind"] == "file") << path;
    if (one["kind"] == "file") {
      EXPECT_EQ(one["sha256"], file::sha256_hex(path));
    }
  }
  EXPECT_EQ(seen, (Lines{"a fifo", "b file", "c fifo", "d file", "f file", "g fifo"}));
  EXPECT_EQ(entry("d")["mode"], "4755");
}

TEST_F(Drops, AReportThatCannotBeWrittenIsAnErrorAndLeavesNothing) {
  for (int i = 0; i < 100; ++i) put(std::to_string(i), "x");
  // Either no file may be larger, so that report.json fails while manifest.sha256 does not; or the writing process is
  // killed.
  for (const bool killed : {false, true}) {
    const int child = ::fork();
    if (child == 0) {
      const rlimit small{.rlim_cur = 10'000, .rlim_max = 10'000};
      ::signal(SIGXFSZ, killed ? SIG_DFL : SIG_IGN);
      ::setrlimit(RLIMIT_FSIZE, &small);
      const sys::Fd input(::open(in().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      const sys::Fd output(::open(out().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      const auto result = inspect({.input = input.get(),
                                   .output = output.get(),
                                   .rules = bundled(),
                                   .limits = {},
                                   .data = data_,
                                   .workers = 1});
      ::_exit(!result && result.error().where == "report.json" && result.error().errno_value == (killed ? 0 : EFBIG)
                  ? 0
                  : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0) << killed;
  }
  for (const auto& left : std::filesystem::directory_iterator(out())) {
    const std::string name = left.path().filename();
    EXPECT_TRUE(name == "manifest.sha256" || name == "report.sarif") << name;
  }
}

TEST_F(Drops, JobsForWhichAPipeHasNoRoomAreSentLater) {
  for (int i = 0; i < 700; ++i) put(std::string(240, 'n') + std::to_string(i), std::to_string(i));
  EXPECT_EQ(run({}, 1), 0);
  EXPECT_EQ(report()["coverage"]["files"]["hashed"], 700);
}

TEST_F(Drops, ALargeFileIsNotLeftForTheEnd) {
  // The order of hashing must change neither the findings nor their order.
  for (int i = 0; i < 600; ++i) put("small/" + std::to_string(i), std::to_string(i));
  put("zz/large", std::string(3U << 20, 'x'));
  put("zz/last", "y");
  EXPECT_EQ(run({}, 2), 0);
  std::string last;
  for (const Json& one : report()["entries"]) {
    EXPECT_LT(last, one["path"].get<std::string>());
    last = one["path"];
    if (one["kind"] == "file") {
      EXPECT_EQ(one["sha256"], file::sha256_hex(slurp(in() / last))) << last;
    }
  }
  EXPECT_EQ(report()["entries"].size(), 604U);
}

TEST_F(Drops, TooManyFindingsAreCutAndStillCounted) {
  for (int i = 0; i < 20; ++i) put("f" + std::to_string(i), "x", 04755);
  Limits limits;
  limits.findings = 5;
  EXPECT_EQ(run(limits), 2);
  EXPECT_EQ(report()["findings"].size(), 6U);
  EXPECT_EQ(report()["counts"]["findings"]["high"], 20);
  EXPECT_EQ(report()["counts"]["findings_left_out"], 15);
}

TEST_F(Drops, AFileThatKillsItsParserCostsItsOwnFindingsAlone) {
  if (kSanitized) GTEST_SKIP() << "sanitizer: no memory limit under a sanitizer";
  put("e.txt", eicar());
  put("huge", "x");
  put("z.txt", eicar());
  std::filesystem::resize_file(in() / "huge", 900U << 20);
  Limits limits;
  limits.analysed_bytes = 900U << 20;
  limits.worker_bytes = 800U << 20;
  EXPECT_EQ(run(limits), 2);
  EXPECT_EQ(findings(), (Lines{"yara.eicar_test_file e.txt", "read.parser-died huge", "yara.eicar_test_file z.txt"}));
  EXPECT_TRUE(entry("huge").contains("sha256"));
}

TEST_F(Drops, AFileThatTakesTooLongCostsItsOwnFindingsAlone) {
  put("a.txt", eicar());
  put("slow", "x");
  put("z.txt", eicar());
  std::filesystem::resize_file(in() / "slow", 4ULL << 30);
  Limits limits;
  limits.file_ms = 300;
  EXPECT_EQ(run(limits), 2);
  EXPECT_TRUE(found("limit.file-time slow"));
  EXPECT_TRUE(found("yara.eicar_test_file a.txt"));
  EXPECT_TRUE(found("yara.eicar_test_file z.txt"));
}

TEST_F(Drops, ARunThatTakesTooLongStillReports) {
  put("slow", "x");
  std::filesystem::resize_file(in() / "slow", 4ULL << 30);
  Limits limits;
  limits.run_ms = 200;
  EXPECT_EQ(run(limits), 2);
  EXPECT_TRUE(found("limit.run-time slow"));
}

}  // namespace
}  // namespace immure::inspect::test
