#include <cerrno>
#include <cstdio>
#include <functional>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../sample/sample.hpp"
#include "sys/landlock.hpp"
#include "sys/seccomp.hpp"
#include "sys/syscall.hpp"
#include "verify/lock_down.hpp"

namespace immure::verify {
namespace {

/// Returns what `body` returns in a child that has restricted itself, or 200 if the child could not restrict itself.
int behind_walls(const Request& request, const std::function<int()>& body) {
  const pid_t child = ::fork();
  // Do not call ::_exit(): before it, AddressSanitizer asks for the signal stack, which the filter denies.
  if (child == 0) sys::raw(__NR_exit_group, lock_down(request) ? body() : 200);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/// Like behind_walls(), on a kernel that seems to have no Landlock, because a filter denies its calls.
int without_landlock(const Request& request, const std::function<int()>& body) {
  constexpr std::uint16_t kLoad = 0x20, kIfEqual = 0x15, kReturn = 0x06;  // as in verify/lock_down.cpp
  const std::vector<sys::Instruction> filter = {{kLoad, 0, 0, 0},
                                                {kIfEqual, 0, 1, __NR_landlock_create_ruleset},
                                                {kReturn, 0, 0, 0x00050000 | ENOSYS},
                                                {kReturn, 0, 0, 0x7fff0000}};
  const pid_t child = ::fork();
  if (child == 0) {
    sys::raw(__NR_prctl, 38, 1, 0, 0, 0);  // PR_SET_NO_NEW_PRIVS
    const bool hidden = sys::install_filter(filter) && !sys::landlock_abi();
    sys::raw(__NR_exit_group, hidden ? behind_walls(request, body) : 201);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

int outcome(long ret) { return ret >= 0 ? 0 : errno; }

class LockedDown : public ::testing::Test {
 protected:
  LockedDown() : request_(desk_.request(evidence::seal(test::statement_of_a_good_run(), desk_.key))) {
    desk_.directory.write("out/a.txt", "abc");
    desk_.directory.write("out/sub/empty", "");
    other_ = desk_.directory.write("other", "x");
    request_.artifacts_dir = desk_.directory / "out";
  }
  test::Desk desk_;
  Request request_;
  std::string other_;
};

TEST_F(LockedDown, AppraisesAsWithoutWalls) {
  EXPECT_EQ(behind_walls(request_, [&] { return appraise(request_).verdict == Verdict::kAccepted ? 0 : 1; }), 0);
}

TEST_F(LockedDown, ReadsItsFilesAndNoOther) {
  EXPECT_EQ(behind_walls(request_, [&] { return outcome(::open(request_.evidence_path.c_str(), O_RDONLY)); }), 0);
  if (!sys::landlock_abi()) GTEST_SKIP() << "kernel: no Landlock";
  EXPECT_EQ(behind_walls(request_, [&] { return outcome(::open(other_.c_str(), O_RDONLY)); }), EACCES);
}

TEST_F(LockedDown, WritesNoFile) {
  EXPECT_EQ(behind_walls(request_, [&] { return outcome(::open(request_.evidence_path.c_str(), O_WRONLY)); }), EPERM);
  EXPECT_EQ(behind_walls(request_,
                         [&] { return outcome(::open((desk_.directory / "new").c_str(), O_CREAT | O_RDONLY, 0600)); }),
            EPERM);
  EXPECT_EQ(behind_walls(request_, [&] { return outcome(::unlink(other_.c_str())); }), EPERM);
}

TEST_F(LockedDown, WritesNoFileByOpenat2WhetherOrNotThereIsLandlock) {
  const std::string made = desk_.directory / "made";
  const auto open_for_writing = [](const std::string& path) {
    open_how how{};
    how.flags = O_WRONLY | O_CREAT | O_TRUNC;
    how.mode = 0600;
    return static_cast<int>(-sys::raw(__NR_openat2, AT_FDCWD, path.c_str(), &how, sizeof how));
  };
  for (const std::string& path : {made, other_, request_.evidence_path}) {
    const int refused = sys::landlock_abi() ? EACCES : ENOSYS;
    EXPECT_EQ(behind_walls(request_, [&] { return open_for_writing(path); }), refused);
    EXPECT_EQ(without_landlock(request_, [&] { return open_for_writing(path); }), ENOSYS);
  }
  EXPECT_FALSE(std::filesystem::exists(made));
  EXPECT_EQ(std::filesystem::file_size(other_), 1);
}

TEST_F(LockedDown, RejectsALinkAmongTheArtifactsByItsName) {
  std::filesystem::create_symlink("/etc/passwd", desk_.directory / "out/sub/link");
  const auto names_the_link = [&] {
    const AttestationResult result = appraise(request_);
    if (result.verdict != Verdict::kRejected) return 1;
    if (result.code.text() != "artifact-kind") return 2;
    return result.reason.contains("sub/link") ? 0 : 3;
  };
  EXPECT_EQ(behind_walls(request_, names_the_link), 0);
}

TEST_F(LockedDown, AppraisesArtifactsWithoutLandlock) {
  EXPECT_EQ(without_landlock(request_, [&] { return appraise(request_).verdict == Verdict::kAccepted ? 0 : 1; }), 0);
}

TEST_F(LockedDown, WritesToNoDescriptorButItsStandardOnes) {
  const int fd = ::open(other_.c_str(), O_WRONLY);
  ASSERT_GT(fd, 2);
  EXPECT_EQ(behind_walls(request_, [&] { return outcome(::write(fd, "x", 1)); }), EPERM);
  EXPECT_EQ(behind_walls(request_, [&] { return outcome(::write(1, "", 0)); }), 0);
  ::close(fd);
}

TEST_F(LockedDown, MakesNoSocketAndStartsNothing) {
  EXPECT_EQ(behind_walls(request_, [] { return outcome(::socket(AF_UNIX, SOCK_STREAM, 0)); }), EPERM);
  char* const arguments[] = {nullptr};
  EXPECT_EQ(behind_walls(request_, [&] { return outcome(::execv("/bin/true", arguments)); }), EPERM);
  EXPECT_EQ(behind_walls(request_, [] { return outcome(::fork()); }), EPERM);
}

TEST_F(LockedDown, MapsNoCode) {
  const auto map = [](int protection) {
    return ::mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
  };
  EXPECT_EQ(behind_walls(request_, [&] { return map(PROT_READ | PROT_WRITE); }), 0);
  EXPECT_EQ(behind_walls(request_, [&] { return map(PROT_READ | PROT_EXEC); }), EPERM);
}

TEST_F(LockedDown, AMissingFileIsReportedAndNotAFaultOfTheWalls) {
  request_.evidence_path = desk_.directory / "nowhere";
  EXPECT_EQ(behind_walls(request_, [&] { return appraise(request_).code.text() == "evidence-unreadable" ? 0 : 1; }), 0);
  std::error_code ignored;
  std::filesystem::create_symlink(other_, desk_.directory / "link", ignored);
  request_.evidence_path = desk_.directory / "link";
  EXPECT_EQ(behind_walls(request_, [&] { return appraise(request_).code.text() == "evidence-unreadable" ? 0 : 1; }), 0);
}

}  // namespace
}  // namespace immure::verify
