/// The seccomp filters of the inspector's processes.
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>

#include "sys/filter.hpp"

namespace immure::inspect {
namespace filter_rules {

using namespace sys::seccomp;

/// O_TMPFILE works only together with O_WRONLY or O_RDWR (open(2)), so this mask denies it, too.
inline constexpr std::uint32_t kNoWriting = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;
inline constexpr std::uint32_t kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                             CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_PTRACE |
                                             CLONE_UNTRACED | CLONE_PARENT;

inline constexpr std::array kBoth = {
    allow(__NR_read),
    allow(__NR_pread64),
    allow(__NR_write),
    narrow(__NR_openat, 2, none_of(kNoWriting)),
    allow(__NR_close),
    allow(__NR_fstat),
    allow(__NR_newfstatat),
    allow(__NR_lseek),
    narrow(__NR_mmap, 2, none_of(PROT_EXEC)),
    narrow(__NR_mprotect, 2, none_of(PROT_EXEC)),
    allow(__NR_munmap),
    allow(__NR_mremap),
    allow(__NR_brk),
    allow(__NR_madvise),
    allow(__NR_futex),
    allow(__NR_clock_gettime),
    allow(__NR_getrandom),
    allow(__NR_rt_sigprocmask),
    allow(__NR_rt_sigreturn),
    allow(__NR_exit),
    allow(__NR_exit_group),
};

/// The calls that the coordinator needs in addition. The coordinator creates files, and Landlock decides where.
inline constexpr std::array kCoordinatorOnly = {
    allow(__NR_getdents64),
    allow(__NR_readlinkat),
    allow(__NR_fcntl),
    allow(__NR_renameat),
    allow(__NR_renameat2),
    allow(__NR_unlinkat),
    allow(__NR_fsync),
    allow(__NR_pipe2),
    allow(__NR_ppoll),
    narrow(__NR_clone, 0, none_of(kNamespaces)),
    allow(__NR_wait4),
    allow(__NR_kill),
    allow(__NR_set_robust_list),
    allow(__NR_set_tid_address),
    allow(__NR_rseq),
    allow(__NR_getpid),
    allow(__NR_gettid),
    allow(__NR_tgkill),
    allow(__NR_rt_sigaction),
    allow(__NR_dup3),
    allow(__NR_close_range),
    allow(__NR_prlimit64),
    allow(__NR_sched_getaffinity),
    allow(__NR_prctl),
    allow(__NR_seccomp),
    allow(__NR_landlock_create_ruleset),
    allow(__NR_landlock_add_rule),
    allow(__NR_landlock_restrict_self),
    narrow(__NR_openat, 2, none_of(O_RDWR | O_TRUNC | O_APPEND)),
#if defined(__x86_64__)
    allow(__NR_poll),
#endif
};

consteval auto coordinator_rules() {
  std::array<Rule, kBoth.size() + kCoordinatorOnly.size()> rules{};
  std::ranges::copy(kCoordinatorOnly, std::ranges::copy(kBoth, rules.begin()).out);
  return rules;
}

}  // namespace filter_rules

inline constexpr auto kWorkerFilter = sys::seccomp::filter(filter_rules::kBoth, sys::seccomp::kKill);
inline constexpr auto kCoordinatorFilter =
    sys::seccomp::filter(filter_rules::coordinator_rules(), sys::seccomp::deny(EPERM));

}  // namespace immure::inspect
