#include "inspect/confine.hpp"

#include <cerrno>
#include <csignal>
#include <span>
#include <vector>

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "sys/bpf.hpp"
#include "sys/landlock.hpp"
#include "sys/seccomp.hpp"
#include "sys/syscall.hpp"

namespace immure::inspect {
namespace {

/// An allowed system call; with `mask`, only if none of these bits is set in that argument's lower half.
struct Allowed {
  long nr;
  std::uint8_t argument = 0;
  std::uint32_t mask = 0;
};

// 1, not 0: a core_pattern that is a pipe ignores 0 and runs the host's helper; 1 keeps it away (core(5)).
constexpr std::uint64_t kNoCore = 1;

constexpr std::uint32_t kNoWriting =
    O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;  // O_TMPFILE needs one of the first two
constexpr std::uint32_t kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                      CLONE_NEWPID | CLONE_NEWNET | CLONE_PTRACE | CLONE_UNTRACED | CLONE_PARENT;

#define WORKER_CALLS                                                                                            \
  {__NR_read}, {__NR_pread64}, {__NR_write}, {__NR_openat, 2, kNoWriting}, {__NR_close}, {__NR_fstat},          \
      {__NR_newfstatat}, {__NR_lseek}, {__NR_mmap, 2, PROT_EXEC}, {__NR_mprotect, 2, PROT_EXEC}, {__NR_munmap}, \
      {__NR_mremap}, {__NR_brk}, {__NR_madvise}, {__NR_futex}, {__NR_clock_gettime}, {__NR_getrandom},          \
      {__NR_rt_sigprocmask}, {__NR_rt_sigreturn}, {__NR_exit}, {                                                \
    __NR_exit_group                                                                                             \
  }

constexpr Allowed kWorker[] = {WORKER_CALLS};

constexpr Allowed kCoordinator[] = {
    WORKER_CALLS,
    {__NR_getdents64},
    {__NR_readlinkat},
    {__NR_fcntl},
    {__NR_renameat},
    {__NR_renameat2},
    {__NR_unlinkat},
    {__NR_fsync},
    {__NR_pipe2},
    {__NR_ppoll},
    {__NR_clone, 0, kNamespaces},
    {__NR_wait4},
    {__NR_kill},
    {__NR_set_robust_list},
    {__NR_set_tid_address},
    {__NR_rseq},
    {__NR_getpid},
    {__NR_gettid},
    {__NR_tgkill},
    {__NR_rt_sigaction},
    {__NR_dup3},
    {__NR_close_range},
    {__NR_prlimit64},
    {__NR_sched_getaffinity},
    {__NR_prctl},
    {__NR_seccomp},
    {__NR_landlock_create_ruleset},
    {__NR_landlock_add_rule},
    {__NR_landlock_restrict_self},
    {__NR_openat, 2, O_RDWR | O_TRUNC | O_APPEND},
#if defined(__x86_64__)
    {__NR_poll},
#endif
};

// Classic BPF over struct seccomp_data (seccomp(2)): nr at 0, arch at 4, arguments from 16, little-endian.
constexpr std::uint16_t kLoadWord = 0x20, kJumpEqual = 0x15, kJumpAnyBit = 0x45, kReturn = 0x06;
constexpr std::uint32_t kAllow = 0x7FFF0000, kKillProcess = 0x80000000, kDenyEperm = 0x00050001;
#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = 0xC000003E;
#else
constexpr std::uint32_t kArchitecture = 0xC00000B7;
#endif

std::vector<sys::Instruction> filter(std::span<const Allowed> calls, std::uint32_t otherwise) {
  std::vector<sys::Instruction> program{
      {kLoadWord, 0, 0, 4}, {kJumpEqual, 1, 0, kArchitecture}, {kReturn, 0, 0, kKillProcess}, {kLoadWord, 0, 0, 0}};
  for (const Allowed& call : calls) {
    const auto nr = static_cast<std::uint32_t>(call.nr);
    if (call.mask == 0) {
      program.insert(program.end(), {{kJumpEqual, 0, 1, nr}, {kReturn, 0, 0, kAllow}});
    } else {
      const std::uint32_t offset = 16 + 8U * call.argument;
      // A second row for the same number may still allow it, so the number is loaded again.
      program.insert(program.end(), {{kJumpEqual, 0, 4, nr},
                                     {kLoadWord, 0, 0, offset},
                                     {kJumpAnyBit, 1, 0, call.mask},
                                     {kReturn, 0, 0, kAllow},
                                     {kLoadWord, 0, 0, 0}});
    }
  }
  program.push_back({kReturn, 0, 0, otherwise});
  return program;
}

Result<void> restrict_files(int input, int output) {
  const auto refused = [](const char* what, Errno error) {
    return fail(Code::kUnsupported, "Landlock", what, "The inspector needs it to wall itself in.", error.value);
  };
  const auto abi = sys::landlock_abi();
  if (!abi) return refused("is not there", abi.error());
  auto ruleset = sys::new_ruleset(*abi);
  if (!ruleset) return refused("cannot be set up", ruleset.error());
  namespace access = sys::access;
  auto added = sys::allow_beneath(ruleset->get(), *abi, input, access::kReadFile | access::kReadDirectory);
  if (added && output >= 0) {
    added = sys::allow_beneath(ruleset->get(), *abi, output,
                               access::kWriteFile | access::kMakeRegular | access::kRemoveFile);
  }
  if (!added) return refused("cannot be set up", added.error());
  if (auto done = sys::restrict_self(ruleset->get()); !done) return refused("cannot be put in force", done.error());
  return {};
}

Result<void> install(std::span<const Allowed> calls, std::uint32_t otherwise) {
  if (kSanitized) return {};
  if (auto done = sys::install_filter(filter(calls, otherwise)); !done) {
    return fail(Code::kUnsupported, "seccomp", "cannot be put in force", {}, done.error().value);
  }
  return {};
}

Result<void> no_new_privileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) return {};
  return fail(Code::kUnsupported, "no_new_privs", "cannot be set", {}, errno);
}

/// No memory that was writable becomes executable, whatever call is used: the filter knows mmap and mprotect alone.
/// EINVAL: Linux before 6.3 has no such thing. EPERM: the cell's filter denies the call, and the cell has made it
/// before.
Result<void> deny_writable_code() {
  constexpr int kSetMemoryDenyWriteExecute = 65, kRefuseExecGain = 1;  // not in Debian 12's headers
  if (kSanitized || ::prctl(kSetMemoryDenyWriteExecute, kRefuseExecGain, 0, 0, 0) == 0) return {};
  if (errno == EINVAL || errno == EPERM) return {};
  return fail(Code::kUnsupported, "PR_SET_MDWE", "cannot be set", {}, errno);
}

/// Lowers a limit. One that is lower already stays; one that may not be touched is the cell's business.
void lower(__rlimit_resource resource, std::uint64_t value) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0) return;
  if (limit.rlim_max < value) return;
  limit = {.rlim_cur = value, .rlim_max = value};
  ::setrlimit(resource, &limit);
}

}  // namespace

Result<void> confine_coordinator(int input, int output, std::uint64_t seconds) {
  // What a report of a million entries takes, and what no report takes. More than 64 directories within each other and
  // the pipes of 32 workers need no descriptor.
  constexpr std::uint64_t kMemory = 4ULL << 30, kFileBytes = 4ULL << 30, kDescriptors = 256;
  if (!kSanitized) lower(RLIMIT_AS, kMemory);
  lower(RLIMIT_CPU, seconds);
  lower(RLIMIT_FSIZE, kFileBytes);
  lower(RLIMIT_NOFILE, kDescriptors);
  lower(RLIMIT_CORE, kNoCore);
  // A report beyond the limit is to be an error of a write, which removes it, not the end of the process.
  ::signal(SIGXFSZ, SIG_IGN);
  CHECK_OK(no_new_privileges());
  CHECK_OK(deny_writable_code());
  CHECK_OK(restrict_files(input, output));
  return install(kCoordinator, kDenyEperm);
}

Result<void> confine_worker(int input, std::uint64_t memory, std::uint64_t seconds) {
  constexpr std::uint64_t kDescriptors = 64, kProcesses = 0;
  if (!kSanitized) lower(RLIMIT_AS, memory);
  lower(RLIMIT_CPU, seconds);
  lower(RLIMIT_FSIZE, 0);
  lower(RLIMIT_NOFILE, kDescriptors);
  lower(RLIMIT_NPROC, kProcesses);
  lower(RLIMIT_CORE, kNoCore);
  CHECK_OK(no_new_privileges());
  CHECK_OK(deny_writable_code());
  CHECK_OK(restrict_files(input, -1));
  return install(kWorker, kKillProcess);
}

}  // namespace immure::inspect
