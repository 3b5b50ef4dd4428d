// Every number that the profile does not list, with arguments that can only fail.
#include "try.h"

// What the built-in profiles let through, whole or in part (profiles/groups.toml), and exec: that has tries of its own.
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
    336,  // never come to the filter: tried in children
#endif
};
static const long kDynamic[] = {
    SYS_readlinkat, SYS_statfs,  SYS_fstatfs, SYS_uname, SYS_chdir, SYS_fchdir, SYS_waitid, SYS_umask, SYS_mkdirat,
#if defined(__x86_64__)
    SYS_readlink,   SYS_getpgrp, SYS_mkdir,
#endif
};

// Denied in the words that a caller understands as "this file system has none".
static const long kToldThatThereIsNone[] = {
    SYS_getxattr, SYS_lgetxattr, SYS_fgetxattr, SYS_listxattr, SYS_llistxattr, SYS_flistxattr,
};

static int listed(long number, const long* list, size_t count) {
  for (size_t i = 0; i < count; ++i)
    if (list[i] == number) return 1;
  return 0;
}

void try_every_number(int dynamic) {
  int open = 0;
  for (long number = 0; number <= 1024; ++number) {
    if (listed(number, kStatic, COUNT(kStatic)) || (dynamic && listed(number, kDynamic, COUNT(kDynamic)))) continue;
    errno = 0;
    const long ret = syscall(number, -1, -1, -1, -1, -1, -1);
    if (ret == -1 &&
        (errno == EPERM || (errno == EOPNOTSUPP && listed(number, kToldThatThereIsNone, COUNT(kToldThatThereIsNone)))))
      continue;
    char id[32];
    snprintf(id, sizeof id, "sweep/%ld", number);
    report(id, ret, errno);
    ++open;
  }
  effect("sweep/every-number", open);
}
