/// Tests the inspector's own walls (L2) without a cell around them (matrix tests 16 to 21), so only these walls can
/// deny a call.
#include "inspect/lock_down.hpp"
#include "sys/kernel.hpp"

#include <csignal>
#include <set>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "drop.hpp"
#include "inspect/pool.hpp"

namespace immure::inspect::test {
namespace {

class Confined : public Drop {
 protected:
  void SetUp() override {
    Drop::SetUp();
    if (kSanitized) GTEST_SKIP() << "sanitizer: no filter under a sanitizer";
    put("a", "x");
    std::ofstream(out() / "b") << "x";
    input_ = sys::Fd(::open(in().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    output_ = sys::Fd(::open(out().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }

  /// The status of a child that restricts itself and then runs `body`. The result of `body` is its exit code.
  template <class Wall, class Body>
  static int in_child(Wall wall, Body body) {
    const int pid = ::fork();
    if (pid == 0) ::_exit(wall() ? body() : 99);
    int status = 0;
    ::waitpid(pid, &status, 0);
    return status;
  }
  template <class Body>
  int worker(Body body) {
    return in_child([this] { return lock_down_worker(input_.get(), 1U << 30, 10).has_value(); }, body);
  }
  template <class Body>
  int coordinator(Body body) {
    return in_child([this] { return lock_down_coordinator(input_.get(), output_.get(), 10).has_value(); }, body);
  }
  [[nodiscard]] int input() const { return input_.get(); }
  [[nodiscard]] int output() const { return output_.get(); }

 private:
  sys::Fd input_, output_;
};

bool exited_with(int status, int code) { return WIFEXITED(status) && WEXITSTATUS(status) == code; }
bool killed_by_filter(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS; }

int result_of(long answer) { return answer >= 0 ? 0 : errno; }

TEST_F(Confined, Matrix16_AWorkerReadsTheInputAndNothingElse) {
  EXPECT_TRUE(exited_with(worker([&] { return result_of(::openat(input(), "a", O_RDONLY)); }), 0));
  EXPECT_TRUE(exited_with(worker([&] { return result_of(::openat(output(), "b", O_RDONLY)); }), EACCES));
  EXPECT_TRUE(exited_with(worker([] { return result_of(::open("/etc/passwd", O_RDONLY)); }), EACCES));
}

TEST_F(Confined, Matrix17_AWorkerThatDoesMoreIsKilled) {
  EXPECT_TRUE(killed_by_filter(worker([&] { return result_of(::openat(input(), "a", O_WRONLY)); })));
  EXPECT_TRUE(killed_by_filter(worker([&] { return result_of(::openat(output(), "n", O_WRONLY | O_CREAT, 0600)); })));
  EXPECT_TRUE(killed_by_filter(worker([] { return result_of(::socket(AF_UNIX, SOCK_STREAM, 0)); })));
  EXPECT_TRUE(killed_by_filter(worker([] { return result_of(::fork()); })));
  EXPECT_TRUE(killed_by_filter(worker([] { return result_of(::kill(1, 0)); })));
  EXPECT_TRUE(killed_by_filter(worker([] { return result_of(::execl("/bin/true", "true", nullptr)); })));
}

TEST_F(Confined, Matrix16_TheCoordinatorReadsTheInputAndWritesTheOutput) {
  EXPECT_TRUE(exited_with(coordinator([&] { return result_of(::openat(input(), "a", O_RDONLY)); }), 0));
  EXPECT_TRUE(exited_with(coordinator([&] { return result_of(::openat(input(), ".", O_RDONLY | O_DIRECTORY)); }), 0));
  EXPECT_TRUE(exited_with(
      coordinator([&] { return result_of(::openat(output(), "n", O_WRONLY | O_CREAT | O_EXCL, 0600)); }), 0));
  EXPECT_TRUE(exited_with(coordinator([] { return result_of(::fork()); }), 0));
}

TEST_F(Confined, Matrix16_TheCoordinatorReachesNothingElse) {
  EXPECT_TRUE(exited_with(coordinator([&] { return result_of(::openat(output(), "b", O_RDONLY)); }), EACCES));
  EXPECT_TRUE(
      exited_with(coordinator([&] { return result_of(::openat(input(), "n", O_WRONLY | O_CREAT, 0600)); }), EACCES));
  EXPECT_TRUE(exited_with(coordinator([] { return result_of(::open("/etc/passwd", O_RDONLY)); }), EACCES));
}

TEST_F(Confined, Matrix17_EveryOtherCallOfTheKernelIsDenied) {
  // The arguments can only fail. A call that is not denied answers something other than EPERM, or does not return.
  constexpr long kCalls = 470;
  // The kernel's own trampolines make these calls (x86-64, Linux 6.11 and 6.18). The kernel asks no filter about these
  // calls, and ends any other caller.
  constexpr long kReturnFromProbe = 335, kProbe = 336;
  const std::set<long> allowed{
      __NR_read,
      __NR_pread64,
      __NR_write,
      __NR_openat,
      __NR_close,
      __NR_fstat,
      __NR_newfstatat,
      __NR_lseek,
      __NR_mmap,
      __NR_mprotect,
      __NR_munmap,
      __NR_mremap,
      __NR_brk,
      __NR_madvise,
      __NR_futex,
      __NR_clock_gettime,
      __NR_getrandom,
      __NR_rt_sigprocmask,
      __NR_rt_sigreturn,
      __NR_exit,
      __NR_exit_group,
      __NR_getdents64,
      __NR_readlinkat,
      __NR_fcntl,
      __NR_renameat,
      __NR_renameat2,
      __NR_unlinkat,
      __NR_fsync,
      __NR_pipe2,
      __NR_ppoll,
      __NR_clone,
      __NR_wait4,
      __NR_kill,
      __NR_set_robust_list,
      __NR_set_tid_address,
      __NR_rseq,
      __NR_getpid,
      __NR_gettid,
      __NR_tgkill,
      __NR_rt_sigaction,
      __NR_dup3,
      __NR_close_range,
      __NR_prlimit64,
      __NR_sched_getaffinity,
      __NR_prctl,
      __NR_seccomp,
      __NR_landlock_create_ruleset,
      __NR_landlock_add_rule,
      __NR_landlock_restrict_self,
#if defined(__x86_64__)
      __NR_poll,
#endif
  };
  EXPECT_TRUE(exited_with(coordinator([&] {
                            for (long nr = 0; nr < kCalls; ++nr) {
                              if (allowed.contains(nr) || nr == kReturnFromProbe || nr == kProbe) continue;
                              const bool denied = ::syscall(nr, -1L, -1L, -1L, -1L, -1L, -1L) == -1 && errno == EPERM;
                              if (denied) continue;
                              std::fprintf(stderr, "system call %ld is not denied\n", nr);
                              return 1;
                            }
                            return 0;
                          }),
                          0));
  for (const long nr : {__NR_ioctl, __NR_statx, __NR_getdents64, __NR_clone, __NR_prctl, __NR_ptrace, __NR_execveat,
                        __NR_unlinkat, __NR_prlimit64, __NR_rt_sigaction, 2000}) {
    EXPECT_TRUE(killed_by_filter(worker([nr] { return result_of(::syscall(nr, -1L, -1L, -1L, -1L, -1L, -1L)); })))
        << nr;
  }
}

TEST_F(Confined, Matrix18_BothSetTheirOwnLimits) {
  const auto hard = [](int resource) {
    rlimit limit{};
    ::getrlimit(static_cast<__rlimit_resource>(resource), &limit);
    return limit.rlim_max;
  };
  // The worker's filter denies the call that reads a limit, and a child without the filter would not have the same
  // restrictions. So the test asks the coordinator, and asks the kernel about the worker from outside.
  EXPECT_TRUE(exited_with(coordinator([&] {
                            return hard(RLIMIT_CORE) <= 1 && hard(RLIMIT_NOFILE) <= 256 &&
                                           hard(RLIMIT_FSIZE) <= 4ULL << 30 && hard(RLIMIT_AS) <= 4ULL << 30 &&
                                           hard(RLIMIT_CPU) <= 10
                                       ? 0
                                       : 1;
                          }),
                          0));
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const int pid = ::fork();
  if (pid == 0) {
    ::close(ends[1]);
    if (!lock_down_worker(input(), 1U << 30, 10)) ::_exit(99);
    char byte = 0;
    ::_exit(::read(ends[0], &byte, 1) == 0 ? 0 : 1);
  }
  ::close(ends[0]);
  const auto limit_of = [pid](int resource) {
    rlimit limit{};
    EXPECT_EQ(::prlimit(pid, static_cast<__rlimit_resource>(resource), nullptr, &limit), 0);
    return limit.rlim_max;
  };
  // The filter is installed last, so once it is there, the limits are set, too.
  const std::string status = "/proc/" + std::to_string(pid) + "/status";
  while (slurp(status).find("Seccomp:\t2") == std::string::npos) ASSERT_EQ(::kill(pid, 0), 0);
  EXPECT_EQ(limit_of(RLIMIT_AS), 1U << 30);
  EXPECT_EQ(limit_of(RLIMIT_CPU), 10U);
  EXPECT_EQ(limit_of(RLIMIT_FSIZE), 0U);
  EXPECT_EQ(limit_of(RLIMIT_NOFILE), 64U);
  EXPECT_EQ(limit_of(RLIMIT_NPROC), 0U);
  EXPECT_LE(limit_of(RLIMIT_CORE), 1U);
  ::close(ends[1]);
  int ended = 0;
  ::waitpid(pid, &ended, 0);
  EXPECT_TRUE(exited_with(ended, 0));
}

TEST_F(Confined, Matrix19_ExecAndSocketsAreDeniedWithoutACell) {
  for (const int family : {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK}) {
    EXPECT_TRUE(exited_with(coordinator([=] { return result_of(::socket(family, SOCK_DGRAM, 0)); }), EPERM)) << family;
  }
  EXPECT_TRUE(exited_with(coordinator([] { return result_of(::execl("/bin/true", "true", nullptr)); }), EPERM));
  EXPECT_TRUE(exited_with(
      coordinator([] { return result_of(::syscall(SYS_execveat, AT_FDCWD, "/bin/true", nullptr, nullptr, 0)); }),
      EPERM));
  EXPECT_TRUE(exited_with(coordinator([&] { return result_of(::fchmodat(output(), "b", 0777, 0)); }), EPERM));
  EXPECT_TRUE(exited_with(coordinator([] { return result_of(::unshare(CLONE_NEWUSER)); }), EPERM));
}

TEST_F(Confined, Matrix20_NoMemoryIsBothWritableAndCode) {
  constexpr int kAll = PROT_READ | PROT_WRITE | PROT_EXEC;
  EXPECT_TRUE(exited_with(coordinator([] {
                            return ::mmap(nullptr, 4096, kAll, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno
                                                                                                                 : 0;
                          }),
                          EPERM));
  EXPECT_TRUE(exited_with(coordinator([] {
                            void* const page =
                                ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                            return ::mprotect(page, 4096, PROT_READ | PROT_EXEC) != 0 ? errno : 0;
                          }),
                          EPERM));
  EXPECT_TRUE(killed_by_filter(
      worker([] { return ::mmap(nullptr, 4096, kAll, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? 1 : 0; })));
  if (::prctl(PR_GET_MDWE, 0, 0, 0, 0) < 0) GTEST_SKIP() << "kernel: this kernel has no PR_SET_MDWE";
  EXPECT_TRUE(exited_with(coordinator([] { return ::prctl(PR_GET_MDWE, 0, 0, 0, 0); }), 1));
}

/// The descriptors of those children of this process that are restricted as a worker is.
std::vector<std::set<int>> descriptors_of_children() {
  std::vector<std::set<int>> all;
  std::istringstream children(slurp("/proc/thread-self/children"));
  for (int pid = 0; children >> pid;) {
    std::set<int> open;
    for (const auto& one : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd"))
      open.insert(std::stoi(one.path().filename()));
    all.push_back(open);
  }
  return all;
}

TEST_F(Confined, Matrix21_AWorkerHasItsThreeDescriptorsAlone) {
  const sys::Fd inherited(::socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_GE(inherited.get(), 0);
  const Limits limits;
  auto pool = Pool::start(input(), bundled(), limits, 1);
  ASSERT_TRUE(pool);
  // A worker restricts itself before it answers.
  Listing listing(input(), limits);
  ASSERT_TRUE(pool->inspect(listing));
  const auto children = descriptors_of_children();
  ASSERT_EQ(children.size(), 2U);
  for (const std::set<int>& open : children) EXPECT_EQ(open, (std::set<int>{3, 4, 5}));
}

}  // namespace
}  // namespace immure::inspect::test
