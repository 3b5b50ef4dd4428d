/// The guards in the code (matrix tests 8 to 15), without a cell and without the inspector's own sandbox around them.
#include <algorithm>
#include <csignal>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "drop.hpp"
#include "inspect/input_root.hpp"
#include "inspect/lock_down.hpp"
#include "inspect/report/escape.hpp"
#include "inspect/report/output_dir.hpp"
#include "text/utf8.hpp"
#include "text/visible.hpp"

namespace immure::inspect::test {
namespace {

class Guards : public Drop {
 protected:
  void SetUp() override {
    Drop::SetUp();
    // Prove that only the code protects the host here: this program can read a file that no process behind walls can
    // read.
    ASSERT_TRUE(lock_down_worker(-1, 0, 0));
    ASSERT_GE(sys::Fd(::open("/etc/passwd", O_RDONLY | O_CLOEXEC)).get(), 0);
    root_ = sys::Fd(::open(in().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  [[nodiscard]] int root() const { return root_.get(); }

 private:
  sys::Fd root_;
};

TEST_F(Guards, Matrix08_NamesNeverLeaveTheRoot) {
  put("d/a", "x");
  std::ofstream(out() / "secret") << "x";
  EXPECT_TRUE(open_file(root(), "d/a"));
  for (const std::string& name :
       {std::string("../out/secret"), std::string("d/../../out/secret"), (out() / "secret").string(),
        std::string("/etc/passwd"), std::string(".."), std::string("d/.."), std::string(""), std::string("d/a\0b", 5),
        std::string(5000, 'a'), std::string(300, 'b')}) {
    EXPECT_FALSE(open_file(root(), name)) << Escaped::text(name).str();
  }
}

TEST_F(Guards, Matrix09_LinksAreReportedAndNeverFollowed) {
  put("d/a", "x");
  std::ofstream(out() / "secret") << eicar();
  std::filesystem::create_symlink("../out/secret", in() / "file");
  std::filesystem::create_symlink("../out", in() / "directory");
  std::filesystem::create_symlink("d", in() / "inside");
  std::filesystem::create_symlink("/proc/self/root/etc/passwd", in() / "magic");
  std::filesystem::create_symlink("loop", in() / "loop");
  std::filesystem::create_hard_link(out() / "secret", in() / "hard");
  for (const char* name : {"file", "directory/secret", "inside/a", "magic", "loop"}) {
    EXPECT_FALSE(open_file(root(), name)) << name;
  }
  // For the kernel, a hard link is an ordinary file of the drop. The inspector reports that the file has another name
  // elsewhere.
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(findings(), (Lines{"path.link-out directory", "path.link-out file", "mode.hard-link hard",
                               "yara.eicar_test_file hard", "path.link-out magic"}));
}

TEST_F(Guards, Matrix09_ALinkThatTakesAFilesPlaceIsNotFollowed) {
  std::ofstream(out() / "secret") << "secret";
  put("a", "x");
  const Scan found = scan(root(), {});
  std::filesystem::remove(in() / "a");
  std::filesystem::create_symlink("../out/secret", in() / "a");
  ASSERT_EQ(found.entries.size(), 1U);
  EXPECT_FALSE(open_file(root(), found.entries[0].path));
}

TEST_F(Guards, Matrix10_SpecialFilesAreReportedAndNeverOpened) {
  ASSERT_EQ(::mkfifo((in() / "fifo").c_str(), 0600), 0);
  const sys::Fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{.sun_family = AF_UNIX};
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", (in() / "socket").c_str());
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::chmod((in() / "socket").c_str(), 0600);
  Lines expected{"mode.special fifo", "mode.special socket"};
  // Only root on the host can make devices; root in a container cannot.
  if (::mknod((in() / "device").c_str(), S_IFCHR | 0600, makedev(1, 3)) == 0) {
    expected.insert(expected.begin(), "mode.special device");
    EXPECT_FALSE(open_file(root(), "device"));
  }
  // Opening a FIFO without a writer would block for ever.
  EXPECT_FALSE(open_file(root(), "fifo"));
  EXPECT_FALSE(open_file(root(), "socket"));
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(findings(), expected);
}

TEST_F(Guards, Matrix11_EachLimitHoldsAndTheFindingNamesIt) {
  std::string nested = "x";
  for (int i = 0; i < 6; ++i) nested = make_archive(as_zip, {{"n.zip", nested}});
  std::vector<Made> many;
  for (int i = 0; i < 50; ++i) many.push_back({"f" + std::to_string(i), "x"});
  put("depth.zip", nested);
  put("count.tar", make_archive(as_tar, many));
  put("ratio.gz", gzip(std::string(2U << 20, '\0')));
  put("size.gz", gzip(std::string(6U << 20, '\0')));
  Limits limits;
  limits.container_depth = 4;
  limits.container_entries = 10;
  limits.expanded_file = 4U << 20;
  EXPECT_EQ(run(limits), 2);
  for (const char* line : {"limit.members count.tar", "archive.ratio ratio.gz", "limit.expanded-file size.gz!/size"})
    EXPECT_TRUE(found(line)) << line;
  const Lines all = findings();
  EXPECT_TRUE(std::ranges::any_of(all, [](const std::string& one) {
    return one.starts_with("limit.container-depth depth.zip!/");
  })) << report()["findings"].dump(1);
  EXPECT_EQ(members("count.tar").size(), 10U);
  EXPECT_FALSE(complete());
}

TEST_F(Guards, Matrix12_HostileMembersAreFindings) {
  put("a.tar", make_archive(as_tar, {{"../up", "x"},
                                     {"/absolute", "x"},
                                     {"twice", "x"},
                                     {"twice", "y"},
                                     {"link", "", AE_IFLNK, "../../etc/passwd"},
                                     {"hard", "", AE_IFREG, "/etc/passwd", true},
                                     {"device", "", AE_IFCHR},
                                     {"fifo", "", AE_IFIFO}}));
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(findings(),
            (Lines{"archive.traversal a.tar!/../up", "archive.traversal a.tar!//absolute",
                   "archive.special a.tar!/device", "archive.special a.tar!/fifo", "archive.link-out a.tar!/hard",
                   "archive.link-out a.tar!/link", "archive.duplicate a.tar!/twice"}));
  EXPECT_FALSE(std::filesystem::exists(in().parent_path() / "up"));
}

TEST_F(Guards, Matrix13_BudgetsHoldAndTheRestIsInspected) {
  put("a.txt", eicar());
  put("bytes.bin", std::string(100'000, '\x01'));
  std::string secrets;
  for (int i = 0; i < 300; ++i) secrets += "ghp_" + std::string(33, 'a') + std::to_string(100 + i) + "\n";
  put("matches.txt", secrets);
  put("slow", "x");
  std::filesystem::resize_file(in() / "slow", 8ULL << 30);
  put("z.txt", eicar());
  Limits limits;
  limits.analysed_bytes = 50'000;
  limits.file_ms = 300;
  EXPECT_EQ(run(limits), 2);
  for (const char* line : {"limit.analysed-bytes bytes.bin", "limit.file-time slow", "yara.eicar_test_file a.txt",
                           "yara.eicar_test_file z.txt"}) {
    EXPECT_TRUE(found(line)) << line;
  }
  const Lines all = findings();
  EXPECT_EQ(std::ranges::count(all, "yara.secret_github_token matches.txt"), 100);
}

TEST_F(Guards, Matrix14_HostileNamesAreEscapedInEveryOutput) {
  const std::string evil = "a\x1B]0;x\x07\nb\xE2\x80\xAE\xE2\x80\x8B<script>&\"'\xFF.sh";
  put(evil, "#!/bin/sh\n");
  put("a.tar", make_archive(as_tar, {{evil, "x"}}));
  run();
  std::size_t outputs = 0;
  for (const auto& one : std::filesystem::directory_iterator(out())) {
    const std::string name = one.path().filename();
    // sha256sum must find the files, so this file escapes names as sha256sum does.
    if (name == "manifest.sha256") continue;
    ++outputs;
    const std::string text = slurp(one.path());
    EXPECT_TRUE(text::is_utf8(text)) << name;
    std::string_view rest = text;
    while (!rest.empty()) {
      const text::CodePoint point = text::decode(rest);
      EXPECT_FALSE(text::is_unseen(point.value) && point.value != '\n') << name << " at " << text.size() - rest.size();
      rest.remove_prefix(point.length);
    }
  }
  EXPECT_GE(outputs, 3U);
}

TEST_F(Guards, Matrix15_AReportIsWrittenWholeOrNotAtAll) {
  put("a", "x");
  std::ofstream(out() / "victim") << "untouched";
  std::filesystem::create_symlink("victim", out() / "report.json");
  std::filesystem::create_symlink("../in/new", out() / "manifest.json");
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(slurp(out() / "victim"), "untouched");
  EXPECT_FALSE(std::filesystem::exists(in() / "new"));
  EXPECT_FALSE(std::filesystem::is_symlink(out() / "report.json"));
  // A report that cannot be written to its end must not exist, nor may manifest.json, which says that all reports are
  // complete.
  std::filesystem::remove_all(out());
  std::filesystem::create_directory(out());
  const sys::Fd output(::open(out().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const int pid = ::fork();
  if (pid == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 100, .rlim_max = 100};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const Limits limits;
    const OperatorData data;
    ::_exit(inspect({.input = root(), .output = output.get(), .rules = bundled(), .limits = limits, .data = data}) ? 1
                                                                                                                   : 0);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  Lines left;
  for (const auto& one : std::filesystem::directory_iterator(out())) left.push_back(one.path().filename());
  EXPECT_EQ(left, Lines{"manifest.sha256"});
}

}  // namespace
}  // namespace immure::inspect::test
