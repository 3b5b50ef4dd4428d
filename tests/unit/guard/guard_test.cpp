/// Runs the guard in a cell built by hand, first complete and then with one wall left out each time, and on the bare
/// host.
#include <immure/guard.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/bpf.hpp"
#include "sys/landlock.hpp"
#include "sys/seccomp.hpp"
#include "sys/syscall.hpp"

namespace immure::guard {
namespace {

/// What a test may leave out of a cell, or add to it.
enum class Hole {
  kNone,
  kFilter,
  kConnect,
  kReadOnlyInput,
  kInput,
  kLandlock,
  kOutput,
  kHostDirectory,
  kVariable,
  kSecretValue,
  kSocket,
  kDirectory,
};

// Makes a filter that answers EPERM to every call except these, as in a cell.
std::vector<sys::Instruction> filter(Hole hole) {
  constexpr std::uint16_t kLoad = 0x20, kEqual = 0x15, kReturn = 0x06;
  std::vector<long> allowed{__NR_openat,     __NR_close, __NR_fstat, __NR_getrandom, __NR_prctl, __NR_unlinkat,
                            __NR_exit_group, __NR_write, __NR_futex, __NR_brk,       __NR_mmap,  __NR_munmap};
  if (hole == Hole::kConnect) allowed.push_back(__NR_connect);
  std::vector<sys::Instruction> program{{kLoad, 0, 0, 0}};
  for (const long nr : allowed) {
    program.push_back({kEqual, 0, 1, static_cast<std::uint32_t>(nr)});
    program.push_back({kReturn, 0, 0, 0x7FFF0000});
  }
  program.push_back({kReturn, 0, 0, 0x00050000 | EPERM});
  return program;
}

class Cell : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "immure-guard-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    std::filesystem::create_directory(root_ / "in");
    std::filesystem::create_directory(root_ / "out");
    report_ = static_cast<Report*>(
        ::mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  }
  void TearDown() override {
    ::munmap(report_, sizeof(Report));
    std::filesystem::remove_all(root_);
  }

  /// The guard's report from inside a cell with this hole. Skips the test if no user namespace can be made.
  const Report& in_cell(Hole hole) {
    const int pid = ::fork();
    // Do not use ::_exit(): AddressSanitizer's version first asks for the signal stack, which the cell denies.
    if (pid == 0) sys::raw(__NR_exit_group, build(hole) ? check_inside() : 99);
    int status = 0;
    ::waitpid(pid, &status, 0);
    built_ = WIFEXITED(status) && WEXITSTATUS(status) != 99;
    return *report_;
  }
  [[nodiscard]] bool built() const { return built_; }
  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

 private:
  bool mount_all(Hole hole) {
    const std::string in = (root_ / "in").string();
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    if (::mount(root_.c_str(), root_.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) return false;
    if (::mount(in.c_str(), in.c_str(), nullptr, MS_BIND, nullptr) != 0) return false;
    const unsigned long flags = MS_BIND | MS_REMOUNT | MS_NOSUID | MS_NODEV;
    return hole == Hole::kReadOnlyInput || ::mount(nullptr, in.c_str(), nullptr, flags | MS_RDONLY, nullptr) == 0 ||
           ::mount(nullptr, in.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) == 0;
  }

  bool build(Hole hole) {
    for (int fd = 3; fd < 256; ++fd) ::close(fd);
    if (hole == Hole::kHostDirectory) std::filesystem::create_directory(root_ / "home");
    if (hole == Hole::kInput) std::filesystem::remove(root_ / "in");
    if (hole == Hole::kOutput) std::filesystem::remove(root_ / "out");
    ::clearenv();
    if (hole == Hole::kVariable) ::setenv("EXTRA", "1", 1);
    if (hole == Hole::kSecretValue) ::setenv("LANG", "postgres://app:hunter2@db/x", 1);
    if (hole == Hole::kSocket && ::socket(AF_UNIX, SOCK_STREAM, 0) < 0) return false;
    if (hole == Hole::kDirectory && ::open("/", O_RDONLY | O_DIRECTORY) < 0) return false;
    if (hole == Hole::kInput ? ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 : !mount_all(hole)) return false;
    if (::chroot(root_.c_str()) != 0 || ::chdir("/") != 0) return false;
    return restrict(hole);
  }

  static bool restrict(Hole hole) {
    // Gives up the capabilities of the user namespace, as a cell does.
    struct {
      std::uint32_t version = 0x20080522;
      int pid = 0;
    } header;
    const std::array<std::uint32_t, 6> none{};
    if (sys::raw(__NR_capset, &header, none.data()) != 0) return false;
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
    if (hole != Hole::kLandlock) {
      const auto abi = sys::landlock_abi();
      const int out = ::open("/out", O_PATH | O_DIRECTORY | O_CLOEXEC);
      const int in = ::open("/in", O_PATH | O_DIRECTORY | O_CLOEXEC);
      auto ruleset = sys::new_ruleset(abi.value_or(1));
      if (!ruleset) return false;
      using namespace sys::access;
      if (out >= 0 && !sys::allow_beneath(ruleset->get(), *abi, out, kWriteFile | kMakeRegular | kRemoveFile))
        return false;
      // Give the rights of a cell's /in, and the right to write: then the mount denies writing, and not Landlock.
      if (in >= 0 && !sys::allow_beneath(ruleset->get(), *abi, in,
                                         kReadFile | kReadDirectory | kWriteFile | kMakeRegular | kRemoveFile))
        return false;
      if (!sys::restrict_self(ruleset->get())) return false;
      ::close(out);
      ::close(in);
    }
    return hole == Hole::kFilter || sys::install_filter(filter(hole)).has_value();
  }

  int check_inside() {
    constexpr const char* kDeclared[] = {"LANG"};
    const immure_guard_options options{
        .environment = kDeclared, .environment_count = 1, .input = nullptr, .output = nullptr};
    return immure_guard_check_with(&options, report_);
  }

  std::filesystem::path root_;
  Report* report_ = nullptr;
  bool built_ = false;
};

#define CELL_OR_SKIP(report, hole)      \
  const Report& report = in_cell(hole); \
  if (!built()) GTEST_SKIP() << "kernel: no unprivileged user namespace here"

/// The names of the boundaries that do not hold.
std::vector<std::string> failing(const Report& report) {
  std::vector<std::string> names;
  for (const immure_guard_finding& finding : report.finding) {
    if (finding.state != IMMURE_GUARD_HOLDS) names.emplace_back(immure_guard_boundary_name(finding.boundary));
  }
  return names;
}

using Names = std::vector<std::string>;

TEST_F(Cell, AWholeCellHolds) {
  CELL_OR_SKIP(report, Hole::kNone);
  for (const immure_guard_finding& finding : report.finding) {
    EXPECT_EQ(finding.state, IMMURE_GUARD_HOLDS) << to_text(finding);
    EXPECT_EQ(finding.denied, finding.tries) << to_text(finding);
    EXPECT_GT(finding.tries, 0U);
  }
  EXPECT_TRUE(report.holds());
}

TEST_F(Cell, WithoutItsFilterNeitherNetworkNorSyscallsHold) {
  CELL_OR_SKIP(report, Hole::kFilter);
  EXPECT_EQ(failing(report), (Names{"network", "syscalls"}));
  EXPECT_EQ(report.at(IMMURE_GUARD_SYSCALLS).error, ENOSYS);
  EXPECT_STREQ(report.at(IMMURE_GUARD_SYSCALLS).call, "nfsservctl(0, NULL, NULL)");
}

TEST_F(Cell, ASingleNetworkCallThatReachesTheKernelIsSeen) {
  CELL_OR_SKIP(report, Hole::kConnect);
  EXPECT_EQ(failing(report), Names{"network"});
  EXPECT_EQ(report.at(IMMURE_GUARD_NETWORK).error, EBADF);
}

TEST_F(Cell, AWritableInputIsSeenAndLeftAsItWas) {
  CELL_OR_SKIP(report, Hole::kReadOnlyInput);
  EXPECT_EQ(failing(report), Names{"input"});
  EXPECT_TRUE(std::filesystem::is_empty(root() / "in"));
}

TEST_F(Cell, AMissingInputIsNoPass) {
  CELL_OR_SKIP(report, Hole::kInput);
  EXPECT_EQ(failing(report), Names{"input"});
  EXPECT_EQ(report.at(IMMURE_GUARD_INPUT).state, IMMURE_GUARD_CANNOT_BE_TRIED);
}

TEST_F(Cell, AMissingOutputIsNoPass) {
  CELL_OR_SKIP(report, Hole::kOutput);
  EXPECT_EQ(failing(report), Names{"output"});
  EXPECT_EQ(report.at(IMMURE_GUARD_OUTPUT).state, IMMURE_GUARD_CANNOT_BE_TRIED);
}

TEST_F(Cell, AReadableOutputIsSeen) {
  CELL_OR_SKIP(report, Hole::kLandlock);
  EXPECT_EQ(failing(report), Names{"output"});
  EXPECT_TRUE(std::filesystem::is_empty(root() / "out"));
}

TEST_F(Cell, ADirectoryOfTheHostIsSeen) {
  CELL_OR_SKIP(report, Hole::kHostDirectory);
  EXPECT_EQ(failing(report), Names{"host"});
  EXPECT_STREQ(report.at(IMMURE_GUARD_HOST).call, "/home");
}

TEST_F(Cell, AnInheritedDirectoryOutsideOfTheRootIsSeen) {
  CELL_OR_SKIP(report, Hole::kDirectory);
  EXPECT_EQ(failing(report), Names{"host"});
}

TEST_F(Cell, AnInheritedSocketIsSeen) {
  CELL_OR_SKIP(report, Hole::kSocket);
  EXPECT_EQ(failing(report), Names{"network"});
}

TEST_F(Cell, AnUndeclaredVariableIsSeen) {
  CELL_OR_SKIP(report, Hole::kVariable);
  EXPECT_EQ(failing(report), Names{"environment"});
  EXPECT_NE(std::string(report.at(IMMURE_GUARD_ENVIRONMENT).text).find("EXTRA"), std::string::npos);
}

TEST_F(Cell, ASecretInADeclaredVariableIsSeenAndNotShown) {
  CELL_OR_SKIP(report, Hole::kSecretValue);
  EXPECT_EQ(failing(report), Names{"environment"});
  EXPECT_EQ(std::string(report.at(IMMURE_GUARD_ENVIRONMENT).text).find("hunter2"), std::string::npos);
}

TEST(BareHost, NothingHoldsAndNothingIsLeft) {
  const auto base = std::filesystem::temp_directory_path() / ("immure-guard-bare-" + std::to_string(::getpid()));
  std::filesystem::create_directories(base / "in");
  std::filesystem::create_directories(base / "out");
  const auto open_descriptors = [] { return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}); };
  const auto before = open_descriptors();
  errno = 77;
  const Report report = check({.input = (base / "in").string(), .output = (base / "out").string()});
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_FALSE(report.holds());
  for (const auto boundary :
       {IMMURE_GUARD_NETWORK, IMMURE_GUARD_INPUT, IMMURE_GUARD_OUTPUT, IMMURE_GUARD_HOST, IMMURE_GUARD_SYSCALLS}) {
    EXPECT_EQ(report.at(boundary).state, IMMURE_GUARD_DOES_NOT_HOLD) << to_text(report.at(boundary));
  }
  EXPECT_TRUE(std::filesystem::is_empty(base / "in"));
  EXPECT_TRUE(std::filesystem::is_empty(base / "out"));
  std::filesystem::remove_all(base);
}

TEST(BareHost, AVariableThatClaimsACellChangesNothing) {
  ::setenv("IMMURE_CELL", "1", 1);
  const Report report = check({.environment = {"IMMURE_CELL"}});
  ::unsetenv("IMMURE_CELL");
  EXPECT_FALSE(report.holds());
}

TEST(Names, EveryBoundaryAndStateHasOne) {
  EXPECT_STREQ(immure_guard_boundary_name(IMMURE_GUARD_ENVIRONMENT), "environment");
  EXPECT_STREQ(immure_guard_boundary_name(IMMURE_GUARD_BOUNDARIES), "?");
  EXPECT_STREQ(immure_guard_state_name(IMMURE_GUARD_CANNOT_BE_TRIED), "cannot-be-tried");
  EXPECT_STREQ(immure_guard_state_name(3), "?");
}

TEST(Report, TextIsPrintableWhateverAVariableIsCalled) {
  ::setenv("EVIL\x1B[2J", "x", 1);
  ::setenv("AAA", "x", 1);
  const Report report = check();
  ::unsetenv("EVIL\x1B[2J");
  ::unsetenv("AAA");
  const std::string text = report.at(IMMURE_GUARD_ENVIRONMENT).text;
  EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; }));
}

}  // namespace
}  // namespace immure::guard
