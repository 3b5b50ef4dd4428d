/// Runs the real program in a cell built by hand, first complete and then with one wall left out each time (matrix
/// tests 1, 2 and 22).
#include <array>
#include <optional>

#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "drop.hpp"
#include "inspect/lock_down.hpp"
#include "sys/bpf.hpp"
#include "sys/landlock.hpp"
#include "sys/seccomp.hpp"
#include "sys/syscall.hpp"

namespace immure::inspect::test {
namespace {

enum class Hole { kNone, kNetwork, kInput, kOutput, kHost, kEnvironment, kSyscalls };

// The filter allows execveat of this descriptor. Once the descriptor is closed, no further exec is possible.
constexpr int kProgram = 100;

std::vector<sys::Instruction> filter(Hole hole) {
  constexpr std::uint16_t kLoad = 0x20, kEqual = 0x15, kReturn = 0x06;
  constexpr std::uint32_t kAllow = 0x7FFF0000, kEperm = 0x00050000 | EPERM;
  std::vector<long> allowed{
      __NR_openat,
      __NR_close,
      __NR_close_range,
      __NR_fstat,
      __NR_newfstatat,
      __NR_getrandom,
      __NR_prctl,
      __NR_unlinkat,
      __NR_exit_group,
      __NR_exit,
      __NR_write,
      __NR_read,
      __NR_pread64,
      __NR_futex,
      __NR_brk,
      __NR_mmap,
      __NR_munmap,
      __NR_mremap,
      __NR_mprotect,
      __NR_madvise,
      __NR_readlinkat,
      __NR_set_tid_address,
      __NR_rseq,
      __NR_set_robust_list,
      __NR_clone,
      __NR_wait4,
      __NR_kill,
      __NR_pipe2,
      __NR_ppoll,
      __NR_dup3,
      __NR_getdents64,
      __NR_fcntl,
      __NR_lseek,
      __NR_renameat,
      __NR_renameat2,
      __NR_fsync,
      __NR_rt_sigaction,
      __NR_rt_sigprocmask,
      __NR_clock_gettime,
      __NR_prlimit64,
      __NR_sched_getaffinity,
      __NR_seccomp,
      __NR_getpid,
      __NR_gettid,
      __NR_tgkill,
      __NR_landlock_create_ruleset,
      __NR_landlock_add_rule,
      __NR_landlock_restrict_self,
#if defined(__x86_64__)
      __NR_arch_prctl,
      __NR_readlink,
      __NR_poll,
#endif
  };
  if (hole == Hole::kNetwork) allowed.push_back(__NR_connect);
  if (hole == Hole::kSyscalls) allowed.push_back(__NR_ptrace);
  std::vector<sys::Instruction> program{{kLoad, 0, 0, 0},
                                        // execveat of that descriptor; its number is argument 0, at 16
                                        {kEqual, 0, 4, static_cast<std::uint32_t>(__NR_execveat)},
                                        {kLoad, 0, 0, 16},
                                        {kEqual, 0, 1, kProgram},
                                        {kReturn, 0, 0, kAllow},
                                        {kReturn, 0, 0, kEperm}};
  for (const long nr : allowed) {
    program.push_back({kEqual, 0, 1, static_cast<std::uint32_t>(nr)});
    program.push_back({kReturn, 0, 0, kAllow});
  }
  program.push_back({kReturn, 0, 0, kEperm});
  return program;
}

class WeakCell : public Drop {
 protected:
  struct Ran {
    int code;
    std::string output;
  };

  void SetUp() override {
    Drop::SetUp();
    // Under a sanitizer the program is linked dynamically, and a cell has no libraries.
    if (kSanitized) GTEST_SKIP() << "sanitizer: not under a sanitizer";
    put("a.txt", "x");
    std::filesystem::create_directories(root() / "in");
    std::filesystem::create_directories(root() / "out");
  }

  /// The root of this cell has only `in`, which is the drop, and `out`. nullopt: no cell can be built on this host.
  std::optional<Ran> inspect_in_cell(Hole hole, const std::vector<std::string>& arguments = {},
                                     const std::vector<std::string>& environment = {}) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const int pid = ::fork();
    if (pid == 0) {
      ::dup2(ends[1], 1);
      ::dup2(ends[1], 2);
      start(hole, arguments, environment);
      ::_exit(99);
    }
    ::close(ends[1]);
    Ran ran{.code = -1, .output = {}};
    char block[4096];
    for (ssize_t count = 0; (count = ::read(ends[0], block, sizeof block)) > 0;)
      ran.output.append(block, static_cast<std::size_t>(count));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 99) return std::nullopt;
    if (WIFEXITED(status)) ran.code = WEXITSTATUS(status);
    return ran;
  }
  [[nodiscard]] std::filesystem::path root() const { return out() / "root"; }

 private:
  bool mount_all(Hole hole) {
    const std::string in_there = (root() / "in").string();
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    if (::mount(root().c_str(), root().c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) return false;
    if (::mount(in().c_str(), in_there.c_str(), nullptr, MS_BIND, nullptr) != 0) return false;
    return hole == Hole::kInput ||
           ::mount(nullptr, in_there.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) == 0 ||
           ::mount(nullptr, in_there.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV,
                   nullptr) == 0;
  }

  static bool restrict_files() {
    const auto abi = sys::landlock_abi();
    if (!abi) return false;
    const sys::Fd out_there(::open("/out", O_PATH | O_DIRECTORY | O_CLOEXEC));
    const sys::Fd in_there(::open("/in", O_PATH | O_DIRECTORY | O_CLOEXEC));
    auto ruleset = sys::new_ruleset(*abi);
    using namespace sys::access;
    // Landlock allows writing to the input here, so that the answer comes from the mount.
    return ruleset &&
           sys::allow_beneath(ruleset->get(), *abi, out_there.get(), kWriteFile | kMakeRegular | kRemoveFile) &&
           sys::allow_beneath(ruleset->get(), *abi, in_there.get(),
                              kReadFile | kReadDirectory | kWriteFile | kMakeRegular | kRemoveFile) &&
           sys::allow_beneath(ruleset->get(), *abi, kProgram, kExecute | kReadFile) &&
           sys::restrict_self(ruleset->get());
  }

  void start(Hole hole, std::vector<std::string> arguments, std::vector<std::string> environment) {
    const sys::Fd program(::open(IMMURE_INSPECT, O_RDONLY));
    if (::dup3(program.get(), kProgram, O_CLOEXEC) < 0) return;
    if (::syscall(SYS_close_range, 3U, static_cast<unsigned>(kProgram - 1), 0U) != 0) return;
    if (hole == Hole::kHost) std::filesystem::create_directory(root() / "home");
    if (hole == Hole::kEnvironment) environment.emplace_back("EXTRA=1");
    if (!mount_all(hole) || ::chroot(root().c_str()) != 0 || ::chdir("/") != 0) return;
    struct {
      std::uint32_t version = 0x20080522;
      int pid = 0;
    } header;
    const std::array<std::uint32_t, 6> none{};
    if (sys::raw(__NR_capset, &header, none.data()) != 0) return;
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return;
    if (hole != Hole::kOutput && !restrict_files()) return;
    if (!sys::install_filter(filter(hole))) return;
    arguments.insert(arguments.begin(), "immure-inspect");
    sys::raw(__NR_execveat, kProgram, "", pointers(arguments).data(), pointers(environment).data(), AT_EMPTY_PATH);
  }

  static std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (std::string& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
  }
};

TEST_F(WeakCell, Matrix01_InAWholeCellItInspects) {
  const auto ran = inspect_in_cell(Hole::kNone);
  if (!ran) GTEST_SKIP() << "kernel: no unprivileged user namespace here";
  EXPECT_EQ(ran->code, 0) << ran->output;
  EXPECT_TRUE(std::filesystem::exists(root() / "out" / "manifest.json"));
}

TEST_F(WeakCell, Matrix02_EachMissingBoundaryBlocksAndIsNamed) {
  constexpr std::pair<Hole, const char*> kHoles[] = {
      {Hole::kNetwork, "network"},         {Hole::kInput, "input"},
      {Hole::kOutput, "output"},           {Hole::kHost, "host"},
      {Hole::kEnvironment, "environment"}, {Hole::kSyscalls, "syscalls"},
  };
  for (const auto& [hole, boundary] : kHoles) {
    const auto ran = inspect_in_cell(hole);
    if (!ran) GTEST_SKIP() << "kernel: no unprivileged user namespace here";
    EXPECT_EQ(ran->code, 3) << boundary;
    EXPECT_TRUE(ran->output.starts_with(std::string("BLOCKED: ") + boundary + ": ")) << boundary << ": " << ran->output;
    EXPECT_TRUE(std::filesystem::is_empty(root() / "out")) << boundary;
    std::filesystem::remove(root() / "home");
  }
}

TEST_F(WeakCell, Matrix03_NoFlagTurnsAMissingBoundaryIntoARun) {
  for (const std::vector<std::string>& flags :
       std::vector<std::vector<std::string>>{{"--fail-on", "critical"}, {"--in", "/in", "--out", "/out"}}) {
    const auto ran = inspect_in_cell(Hole::kHost, flags);
    if (!ran) GTEST_SKIP() << "kernel: no unprivileged user namespace here";
    EXPECT_EQ(ran->code, 3) << ran->output;
    EXPECT_TRUE(std::filesystem::is_empty(root() / "out"));
    std::filesystem::remove(root() / "home");
  }
}

TEST_F(WeakCell, Matrix22_DeclaredVariablesChangeNothingAndOthersBlock) {
  const auto report = [this] { return slurp(root() / "out" / "report.json"); };
  auto ran = inspect_in_cell(Hole::kNone);
  if (!ran) GTEST_SKIP() << "kernel: no unprivileged user namespace here";
  const std::string plain = report();
  ASSERT_FALSE(plain.empty());
  ran = inspect_in_cell(Hole::kNone, {},
                        {"TZ=America/New_York", "LANG=tr_TR.UTF-8", "LC_ALL=C", "HOME=/nowhere", "PATH=/nowhere"});
  ASSERT_TRUE(ran);
  EXPECT_EQ(ran->code, 0) << ran->output;
  EXPECT_EQ(report(), plain);
  for (const char* other : {"LD_PRELOAD=/in/a.txt", "MAGIC=/in/a.txt", "GLIBC_TUNABLES=glibc.malloc.check=3"}) {
    ran = inspect_in_cell(Hole::kNone, {}, {other});
    ASSERT_TRUE(ran);
    EXPECT_EQ(ran->code, 3) << other;
    EXPECT_TRUE(ran->output.starts_with("BLOCKED: environment: ")) << ran->output;
  }
}

}  // namespace
}  // namespace immure::inspect::test
