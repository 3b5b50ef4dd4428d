#include "inspect/lock_down.hpp"

#include <cerrno>
#include <csignal>
#include <span>

#include <sys/prctl.h>
#include <sys/resource.h>

#include "inspect/filters.hpp"
#include "sys/kernel.hpp"
#include "sys/landlock.hpp"
#include "sys/libc.hpp"
#include "sys/seccomp.hpp"
#include "sys/syscall.hpp"

namespace immure::inspect {
namespace {

// The limit is 1 and not 0: if core_pattern names a pipe, the kernel runs the host's helper program even at limit 0,
// but not at limit 1 (core(5)).
constexpr std::uint64_t kNoCore = 1;

Result<void> restrict_files(int input, int output) {
  const auto refused = [](const char* what, Errno error) {
    return fail(Code::kUnsupported, "Landlock", what, "The inspector needs it to lock itself down.", error.value);
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
  if (auto done = sys::restrict_self(ruleset->get()); !done)
    return refused("cannot be applied to this process", done.error());
  return {};
}

Result<void> install(std::span<const sys::Instruction> filter) {
  if (kSanitized) return {};
  if (auto done = sys::install_filter(filter); !done) {
    return fail(Code::kUnsupported, "seccomp", "cannot be applied to this process", {}, done.error().value);
  }
  return {};
}

Result<void> no_new_privileges() {
  if (const auto set = sys::call([] { return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }); !set)
    return fail(Code::kUnsupported, "no_new_privs", "cannot be set", {}, set.error().value);
  return {};
}

/// Forbids every call that would make writable memory executable (PR_SET_MDWE), because the filter knows only mmap and
/// mprotect. EINVAL is no error: Linux before 6.3 lacks this option. EPERM is no error either: the cell's filter denies
/// the call, and the cell has already made this restriction.
Result<void> deny_writable_code() {
  if (kSanitized) return {};
  const auto set = sys::call([] { return ::prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0); });
  const int failure = sys::error_of(set);
  if (failure == 0 || failure == EINVAL || failure == EPERM) return {};
  return fail(Code::kUnsupported, "PR_SET_MDWE", "cannot be set", {}, failure);
}

/// Lowers a limit, unless the limit is lower already. If the cell does not let the inspector change the limit, the
/// cell's own limit holds.
void lower(__rlimit_resource resource, std::uint64_t value) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0) return;
  if (limit.rlim_max < value) return;
  limit = {.rlim_cur = value, .rlim_max = value};
  ::setrlimit(resource, &limit);
}

}  // namespace

Result<void> lock_down_coordinator(int input, int output, std::uint64_t seconds) {
  // kMemory is enough for a report of a million entries, and no report is as large as kFileBytes. kDescriptors is
  // enough for 64 nested directories and the pipes of 32 workers.
  constexpr std::uint64_t kMemory = 4ULL << 30, kFileBytes = 4ULL << 30, kDescriptors = 256;
  if (!kSanitized) lower(RLIMIT_AS, kMemory);
  lower(RLIMIT_CPU, seconds);
  lower(RLIMIT_FSIZE, kFileBytes);
  lower(RLIMIT_NOFILE, kDescriptors);
  lower(RLIMIT_CORE, kNoCore);
  // For a report beyond the limit a write must fail, so that the inspector removes the report; the signal would end the
  // process instead.
  ::signal(SIGXFSZ, SIG_IGN);
  CHECK_OK(no_new_privileges());
  CHECK_OK(deny_writable_code());
  CHECK_OK(restrict_files(input, output));
  return install(kCoordinatorFilter);
}

Result<void> lock_down_worker(int input, std::uint64_t memory, std::uint64_t seconds) {
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
  return install(kWorkerFilter);
}

}  // namespace immure::inspect
