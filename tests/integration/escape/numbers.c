// Tries every system call number that the profile does not list, with arguments that can only fail.
#include "try.h"

// The calls that the built-in profiles let through, always or for some arguments (profiles/groups.toml), and exec,
// which exec.c tries.
static const long kStatic[] = {
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_pread64,
    SYS_pwrite64,
    SYS_close,
    SYS_close_range,
    SYS_fstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_lseek,
    SYS_munmap,
    SYS_mremap,
    SYS_brk,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_futex,
    SYS_set_robust_list,
    SYS_set_tid_address,
    SYS_rseq,
    SYS_exit,
    SYS_exit_group,
    SYS_wait4,
    SYS_getpid,
    SYS_getppid,
    SYS_gettid,
    SYS_tgkill,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_getdents64,
    SYS_getcwd,
    SYS_faccessat,
    439,
    SYS_renameat,
    SYS_renameat2,
    SYS_unlinkat,
    SYS_ftruncate,
    SYS_fsync,
    SYS_fdatasync,
    SYS_fadvise64,
    SYS_getrandom,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_gettimeofday,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_restart_syscall,
    SYS_getrusage,
    SYS_dup,
    SYS_dup3,
    SYS_pipe2,
    SYS_ppoll,
    SYS_pselect6,
    SYS_openat,
    437,
    SYS_mmap,
    SYS_mprotect,
    SYS_madvise,
    SYS_clone,
    435,
    SYS_fcntl,
    SYS_ioctl,
    SYS_prctl,
    SYS_prlimit64,
#if defined(__x86_64__)
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_rename,
    SYS_unlink,
    SYS_dup2,
    SYS_pipe,
    SYS_poll,
    SYS_select,
    SYS_time,
    SYS_arch_prctl,
    SYS_open,
    SYS_creat,
    335,
    336,  // these two numbers never reach the filter: try_foreign() tries them in children
#endif
};
// The calls that the profiles of programs allow on purpose: event loops, timers, attributes of files, and others.
static const long kByIntent[] = {
    SYS_readlinkat,
    SYS_statfs,
    SYS_fstatfs,
    SYS_uname,
    SYS_chdir,
    SYS_fchdir,
    SYS_waitid,
    SYS_umask,
    SYS_mkdirat,
    SYS_utimensat,
    SYS_truncate,
    SYS_fallocate,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_copy_file_range,
    SYS_sendfile,
    SYS_preadv,
    SYS_pwritev,
    SYS_preadv2,
    SYS_pwritev2,
    SYS_sync_file_range,
    SYS_readahead,
    SYS_flock,
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_epoll_pwait2,
    SYS_eventfd2,
    SYS_signalfd4,
    SYS_setitimer,
    SYS_getitimer,
    SYS_timer_create,
    SYS_timer_settime,
    SYS_timer_gettime,
    SYS_timer_getoverrun,
    SYS_timer_delete,
    SYS_timerfd_create,
    SYS_timerfd_settime,
    SYS_timerfd_gettime,
    SYS_times,
    SYS_rt_sigtimedwait,
    SYS_rt_sigsuspend,
    SYS_rt_sigpending,
    SYS_kill,
    SYS_tkill,
    SYS_getpgid,
    SYS_setpgid,
    SYS_getsid,
    SYS_setsid,
    SYS_getgroups,
    SYS_getresuid,
    SYS_getresgid,
    SYS_setuid,
    SYS_setgid,
    SYS_setreuid,
    SYS_setregid,
    SYS_setresuid,
    SYS_setresgid,
    SYS_getpriority,
    SYS_sched_getparam,
    SYS_sched_getscheduler,
    SYS_sched_getattr,
    SYS_sched_get_priority_max,
    SYS_sched_get_priority_min,
    SYS_sched_rr_get_interval,
    SYS_getcpu,
    SYS_mincore,
    SYS_membarrier,
    SYS_getrlimit,
    SYS_setrlimit,
    SYS_sysinfo,
#if defined(__x86_64__)
    SYS_readlink,
    SYS_getpgrp,
    SYS_mkdir,
    SYS_rmdir,
    SYS_chmod,
    SYS_utime,
    SYS_utimes,
    SYS_futimesat,
    SYS_epoll_create,
    SYS_epoll_wait,
    SYS_eventfd,
    SYS_signalfd,
    SYS_alarm,
    SYS_pause,
    SYS_fork,
    SYS_vfork,
#endif
};

// Calls with higher numbers are newer than immure.
static const long kLast = 470;

// The filter denies these calls with the error that means "this file system has no extended attributes".
static const long kToldThatThereIsNone[] = {
    SYS_getxattr, SYS_lgetxattr, SYS_fgetxattr, SYS_listxattr,   SYS_llistxattr,   SYS_flistxattr,
    SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr, SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr,
};

static int listed(long number, const long* list, size_t count) {
  for (size_t i = 0; i < count; ++i)
    if (list[i] == number) return 1;
  return 0;
}

void try_every_number(void) {
  int open = 0;
  for (long number = 0; number <= 1024; ++number) {
    if (listed(number, kStatic, COUNT(kStatic)) || listed(number, kByIntent, COUNT(kByIntent))) continue;
    errno = 0;
    const long ret = syscall(number, -1, -1, -1, -1, -1, -1);
    if (ret == -1 && (errno == EPERM || (errno == ENOSYS && number > kLast) ||
                      (errno == EOPNOTSUPP && listed(number, kToldThatThereIsNone, COUNT(kToldThatThereIsNone)))))
      continue;
    char id[32];
    snprintf(id, sizeof id, "sweep/%ld", number);
    report(id, ret, errno);
    ++open;
  }
  effect("sweep/every-number", open);
}
