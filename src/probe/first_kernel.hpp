/// The kernel version in which each system call appeared (syscalls(2)).
#pragma once

#include <algorithm>
#include <string_view>

namespace immure::probe {

struct FirstKernel {
  std::string_view syscall, release;
};

// Sorted by name. A call that is missing here is in Linux 2.6 or older.
inline constexpr FirstKernel kFirstKernels[] = {
    {"accept4", "2.6.28"},
    {"bpf", "3.18"},
    {"cachestat", "6.5"},
    {"clock_adjtime", "2.6.39"},
    {"clone3", "5.3"},
    {"epoll_pwait2", "5.11"},
    {"eventfd2", "2.6.27"},
    {"execveat", "3.19"},
    {"fallocate", "2.6.23"},
    {"fanotify_init", "2.6.37"},
    {"fanotify_mark", "2.6.37"},
    {"fchmodat", "2.6.16"},
    {"fchmodat2", "6.6"},
    {"fchownat", "2.6.16"},
    {"file_getattr", "6.17"},
    {"file_setattr", "6.17"},
    {"finit_module", "3.8"},
    {"fsconfig", "5.2"},
    {"fsmount", "5.2"},
    {"fsopen", "5.2"},
    {"fspick", "5.2"},
    {"futex_requeue", "6.7"},
    {"futex_wait", "6.7"},
    {"futex_waitv", "5.16"},
    {"futex_wake", "6.7"},
    {"futimesat", "2.6.16"},
    {"get_robust_list", "2.6.17"},
    {"getcpu", "2.6.19"},
    {"getxattrat", "6.13"},
    {"inotify_init1", "2.6.27"},
    {"io_uring_enter", "5.1"},
    {"io_uring_register", "5.1"},
    {"io_uring_setup", "5.1"},
    {"kcmp", "3.5"},
    {"kexec_file_load", "3.17"},
    {"linkat", "2.6.16"},
    {"listmount", "6.8"},
    {"listns", "6.19"},
    {"listxattrat", "6.13"},
    {"lsm_get_self_attr", "6.8"},
    {"lsm_list_modules", "6.8"},
    {"lsm_set_self_attr", "6.8"},
    {"map_shadow_stack", "6.6"},
    {"membarrier", "4.3"},
    {"memfd_create", "3.17"},
    {"memfd_secret", "5.14"},
    {"migrate_pages", "2.6.16"},
    {"mkdirat", "2.6.16"},
    {"mknodat", "2.6.16"},
    {"mlock2", "4.4"},
    {"mount_setattr", "5.12"},
    {"move_mount", "5.2"},
    {"move_pages", "2.6.18"},
    {"mseal", "6.10"},
    {"name_to_handle_at", "2.6.39"},
    {"newfstatat", "2.6.16"},
    {"open_by_handle_at", "2.6.39"},
    {"open_tree", "5.2"},
    {"open_tree_attr", "6.15"},
    {"openat", "2.6.16"},
    {"openat2", "5.6"},
    {"perf_event_open", "2.6.31"},
    {"pidfd_getfd", "5.6"},
    {"pidfd_open", "5.3"},
    {"pidfd_send_signal", "5.1"},
    {"pkey_alloc", "4.9"},
    {"pkey_mprotect", "4.9"},
    {"preadv2", "4.6"},
    {"prlimit64", "2.6.36"},
    {"process_madvise", "5.10"},
    {"process_mrelease", "5.15"},
    {"process_vm_readv", "3.2"},
    {"process_vm_writev", "3.2"},
    {"pwritev2", "4.6"},
    {"quotactl_fd", "5.14"},
    {"recvmmsg", "2.6.33"},
    {"removexattrat", "6.13"},
    {"renameat2", "3.15"},
    {"rt_tgsigqueueinfo", "2.6.31"},
    {"sched_setattr", "3.14"},
    {"seccomp", "3.17"},
    {"sendmmsg", "3.0"},
    {"set_mempolicy_home_node", "5.17"},
    {"setns", "3.0"},
    {"setxattrat", "6.13"},
    {"signalfd4", "2.6.27"},
    {"splice", "2.6.17"},
    {"statmount", "6.8"},
    {"symlinkat", "2.6.16"},
    {"sync_file_range", "2.6.17"},
    {"syncfs", "2.6.39"},
    {"tee", "2.6.17"},
    {"timerfd_create", "2.6.25"},
    {"timerfd_settime", "2.6.25"},
    {"unlinkat", "2.6.16"},
    {"unshare", "2.6.16"},
    {"uprobe", "6.18"},
    {"userfaultfd", "4.3"},
    {"utimensat", "2.6.22"},
    {"vmsplice", "2.6.17"},
};
static_assert(std::ranges::is_sorted(kFirstKernels, {}, &FirstKernel::syscall));

/// The version as `6.8`, or `2.6` for a call that is as old or older.
constexpr std::string_view first_kernel(std::string_view syscall) {
  const auto* found = std::ranges::lower_bound(kFirstKernels, syscall, {}, &FirstKernel::syscall);
  return found != std::end(kFirstKernels) && found->syscall == syscall ? found->release : std::string_view("2.6");
}

}  // namespace immure::probe
