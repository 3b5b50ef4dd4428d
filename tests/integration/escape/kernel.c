// Tries the kernel's surface, foreign ABIs, and every system call number that no program needs.
#include "try.h"

#include <sys/auxv.h>
#include <sys/mman.h>

enum { kUnallocated = 2000 };
// Numbers that only x86-64 has. Other architectures use a number that no call has, and must give the same denial.
#if defined(__x86_64__)
enum {
  kUselib = 134,
  kUstat = 136,
  kSysfs = 139,
  kNfs = 180,
  kIopl = 172,
  kIoperm = 173,
  kModifyLdt = 154,
  kThreadArea = 205
};
#else
enum {
  kUselib = kUnallocated,
  kUstat = kUnallocated,
  kSysfs = kUnallocated,
  kNfs = kUnallocated,
  kIopl = kUnallocated,
  kIoperm = kUnallocated,
  kModifyLdt = kUnallocated,
  kThreadArea = kUnallocated
};
#endif

extern char** environ;

static void surface(void) {
  char buffer[256] = "";
  TRY("kernel/nr-unallocated", syscall(kUnallocated));
  TRY("kernel/nr-minus1", syscall(-1));
  TRY("kernel/bpf", syscall(SYS_bpf, -1, NULL, 0));
  TRY("kernel/bpf-prog-load", syscall(SYS_bpf, 5, NULL, 0));
  TRY("kernel/perf-event-open", syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
  TRY("kernel/userfaultfd", syscall(SYS_userfaultfd, 0x1001));
  TRY("kernel/userfaultfd-um", syscall(SYS_userfaultfd, 1));
  TRY("kernel/io-uring-setup", syscall(425, 0, NULL));
  TRY("kernel/io-uring-real", syscall(425, 4, buffer));
  TRY("kernel/io-uring-enter", syscall(426, -1, 0, 0, 0, NULL, 0));
  TRY("kernel/io-uring-register", syscall(427, -1, 0, NULL, 0));
  TRY("kernel/aio-setup", syscall(SYS_io_setup, 0, NULL));
  TRY("kernel/init-module", syscall(SYS_init_module, NULL, 0, NULL));
  TRY("kernel/finit-module", syscall(SYS_finit_module, -1, NULL, -1));
  TRY("kernel/delete-module", syscall(SYS_delete_module, NULL, 0));
  TRY("kernel/kexec-load", syscall(SYS_kexec_load, 0, 0, NULL, ~0UL));
  TRY("kernel/kexec-file-load", syscall(320, -1, -1, 0, NULL, ~0UL));
  TRY("kernel/reboot", syscall(SYS_reboot, 0, 0, 0, 0));
  TRY("kernel/swapon", syscall(SYS_swapon, NULL, ~0));
  TRY("kernel/swapoff", syscall(SYS_swapoff, NULL));
  TRY("kernel/acct", syscall(SYS_acct, 1));
  TRY("kernel/quotactl", syscall(SYS_quotactl, ~0, NULL, 0, NULL));
  TRY("kernel/quotactl-fd", syscall(443, -1, 0, 0, NULL));
  TRY("kernel/syslog", syscall(SYS_syslog, 99, NULL, 0));
  TRY("kernel/syslog-read", syscall(SYS_syslog, 10, NULL, 0));
  TRY("kernel/vhangup", syscall(SYS_vhangup));
  TRY("kernel/lookup-dcookie", syscall(SYS_lookup_dcookie, 0, NULL, 0));
  TRY("kernel/nfsservctl", syscall(kNfs, 0, NULL, NULL));
  TRY("kernel/sysfs-syscall", syscall(kSysfs, 3));
  TRY("kernel/ustat", syscall(kUstat, 0, NULL));
  TRY("kernel/memfd-secret", syscall(447, ~0));
  TRY("kernel/map-shadow-stack", syscall(453, 0, 0, ~0));
  TRY("kernel/mseal", syscall(462, 0, 0, ~0UL));
  TRY("kernel/cachestat", syscall(451, -1, NULL, NULL, 0));
  const int fd = openat(AT_FDCWD, "/in/a", O_RDONLY);
  const uint64_t range[2] = {0, 0};
  TRY("kernel/cachestat-in", syscall(451, fd, range, buffer, 0));
  close(fd);
  TRY("kernel/futex-waitv", syscall(449, NULL, 0, 0, NULL, 0));
  int futex[2] = {0, 0};
  TRY("kernel/futex-requeue-pi", syscall(SYS_futex, &futex[0], 12, 1, NULL, &futex[1], 0));
  TRY("kernel/file-getattr", syscall(468, -1, "", NULL, 0, 0));
  TRY("kernel/file-setattr", syscall(469, -1, "", NULL, 0, 0));
  TRY("kernel/listxattrat", syscall(465, -1, "", 0, NULL, 0));
  TRY("kernel/setxattrat", syscall(463, -1, "", 0, "", NULL, 0));
  TRY("kernel/vmsplice", syscall(SYS_vmsplice, -1, NULL, 0, 0));
  TRY("kernel/splice-bad", syscall(SYS_splice, -1, NULL, -1, NULL, 1, 0));
  TRY("kernel/tee-bad", syscall(SYS_tee, -1, -1, 1, 0));
  TRY("kernel/remap-file-pages", syscall(SYS_remap_file_pages, 0, 0, 0, 0, 0));
  void* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  TRY("kernel/madvise-hwpoison", syscall(SYS_madvise, page, 4096, 100));
  TRY("kernel/mlockall", syscall(SYS_mlockall, ~0));
  TRY("kernel/membarrier", syscall(SYS_membarrier, ~0, 0, 0));
  TRY("kernel/rseq-bad", syscall(SYS_rseq, NULL, 0, ~0, 0));
  TRY("kernel/get-mempolicy", syscall(SYS_get_mempolicy, NULL, NULL, 0, 0, ~0UL));
  TRY("kernel/set-mempolicy-home-node", syscall(450, 0, 0, 0, ~0UL));
#if defined(__x86_64__)
  TRY_IN_CHILD("kernel/uretprobe", syscall(335));
  TRY_IN_CHILD("kernel/uprobe", syscall(336));
#endif
}

static void new_code(void) {
  TRY("exec/execveat-memfd", syscall(SYS_memfd_create, "x", 0));
  TRY("exec/memfd-exec-flag", syscall(SYS_memfd_create, "x", 0x10));
  TRY("exec/mmap-anon-rwx",
      syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  TRY("exec/mmap-anon-exec", syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  TRY("exec/mmap-high-bits", syscall(SYS_mmap, 0, 4096, 0x100000000UL | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  void* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  TRY("exec/mprotect-exec", syscall(SYS_mprotect, page, 4096, PROT_READ | PROT_EXEC));
  TRY("exec/pkey-mprotect-exec", syscall(SYS_pkey_mprotect, page, 4096, PROT_READ | PROT_EXEC, -1));
  TRY("exec/personality-read-implies", syscall(SYS_personality, 0x400000));
  TRY("exec/personality-query", syscall(SYS_personality, 0xffffffff));
  TRY("exec/uselib", syscall(kUselib, NULL));
  TRY("exec/shmat-exec", syscall(SYS_shmget, 0, 4096, 0600));
  TRY("exec/shmat", syscall(SYS_shmat, -1, NULL, 0100000));
}

static void environment(void) {
  // Every program gets these three variables. Any other variable would come from the caller.
  const char* const given[] = {"HOME=/", "LANG=C.UTF-8", "PATH="};
  int variables = 0;
  for (char** variable = environ; *variable != NULL; ++variable) {
    int known = strcmp(*variable, given[0]) == 0 || strcmp(*variable, given[1]) == 0;
    if (!known && strncmp(*variable, given[2], strlen(given[2])) != 0) ++variables;
  }
  effect("environment/env-count", variables);
  const char* started_as = (const char*)getauxval(AT_EXECFN);
  effect("environment/env-auxv-execfn", strstr(started_as, "tmp") != NULL);
  // Only execve has put data above the stack: no data of the launcher may be there.
  const char* top = started_as + strlen(started_as) + 1;
  effect("environment/env-stack-scan",
         memmem(started_as - 4096, 4096 + (size_t)(top - started_as), "SECRET", 6) != NULL);
}

void try_kernel(void) {
  surface();
  new_code();
  environment();
}

#if defined(__x86_64__)
enum { kX32 = 0x40000000 };

static long old_call(long number, long argument) {
  long ret;
  __asm__ volatile("int $0x80" : "=a"(ret) : "a"(number), "b"(argument), "c"(0L), "d"(0L) : "memory");
  if (ret >= 0 || ret < -4095) return ret;
  errno = (int)-ret;
  return -1;
}

static long vsyscall_time(void) { return ((long (*)(long*))0xffffffffff600400UL)(NULL); }

/// x32 has its own numbers, and the native numbers with one more bit. The filter must refuse each call or kill its
/// caller.
static void every_x32_number(void) {
  long open = 0;
  for (long number = 0; number <= 600; ++number) {
    const long pid = new_child(0);
    if (pid == 0) {
      errno = 0;
      _exit(syscall(number | kX32, -1, -1, -1, -1, -1, -1) == -1 && errno == EPERM ? 0 : 1);
    }
    const int status = await_child(pid);
    const int refused = WIFSIGNALED(status) ? WTERMSIG(status) == SIGSYS : WEXITSTATUS(status) == 0;
    // A fork or an exit that went through looks like success to its parent, so nothing but EPERM or SIGSYS counts.
    if (!refused) ++open;
  }
  effect("abi/x32-every-number", (int)open);
}

void try_foreign(void) {
  TRY_IN_CHILD("abi/x32-getpid", syscall(39 | kX32));
  TRY_IN_CHILD("abi/x32-socket", syscall(41 | kX32, 2, 1, 0));
  TRY_IN_CHILD("abi/x32-execve-520", syscall(520, NULL, NULL, NULL));
  TRY_IN_CHILD("abi/x32-execve-520-bit", syscall(520 | kX32, NULL, NULL, NULL));
  TRY_IN_CHILD("abi/x32-execveat-545-bit", syscall(545 | kX32, -1, "", NULL, NULL, 0x1000));
  TRY_IN_CHILD("abi/x32-ptrace-521", syscall(521 | kX32, 0, 0, 0, 0));
  TRY_IN_CHILD("abi/i386-getpid", old_call(20, 0));
  TRY_IN_CHILD("abi/i386-socketcall", old_call(102, 1));
  TRY_IN_CHILD("abi/i386-execve", old_call(11, 0));
  TRY_IN_CHILD("abi/i386-open", old_call(5, 0));
  TRY("abi/iopl", syscall(kIopl, 3));
  TRY("abi/ioperm", syscall(kIoperm, ~0UL, 1, 1));
  TRY("abi/modify-ldt", syscall(kModifyLdt, 0x99, NULL, 0));
  TRY("abi/arch-prctl-bad", syscall(SYS_arch_prctl, 0xdead, 0));
  TRY("abi/arch-prctl-get-fs", syscall(SYS_arch_prctl, 0x1003, 0));
  TRY("abi/arch-prctl-cpuid", syscall(SYS_arch_prctl, 0x1012, 1));
  TRY_IN_CHILD("abi/vsyscall-time", vsyscall_time() != 0);
  TRY("abi/set-thread-area", syscall(kThreadArea, NULL));
  TRY("abi/symlink", syscall(SYS_symlink, "x", "/out/os"));
  TRY("abi/link", syscall(SYS_link, "/out/secret", "/out/ol"));
  TRY("abi/mknod", syscall(SYS_mknod, "/out/on", S_IFIFO | 0600, 0));
  TRY("abi/mkdir-setgid", syscall(SYS_mkdir, "/out/om", 02777));
  TRY("abi/chmod", syscall(SYS_chmod, "/out/secret", 04755));
  TRY("abi/chown", syscall(SYS_chown, "/out/secret", 0, 0));
  TRY_OPEN("abi/creat-setuid", syscall(SYS_creat, "/out/oc", 04755));
  TRY_OPEN("abi/open-setuid", syscall(SYS_open, "/out/oo", O_CREAT | O_WRONLY, 04755));
  TRY_OPEN("abi/open-read-back", syscall(SYS_open, "/out/secret", O_RDONLY));
  TRY("abi/readlink", syscall(SYS_readlink, "/out/secret", NULL, 0));
  TRY("abi/utime", syscall(SYS_utime, "/in/a", NULL));
  const long pid = syscall(SYS_fork);
  if (pid == 0) _exit(0);
  report("abi/fork", pid < 0 ? -1 : 0, errno);
  if (pid > 0) await_child(pid);
  TRY("abi/alarm", syscall(SYS_alarm, 0));
  TRY("abi/setrlimit", syscall(SYS_setrlimit, 7, NULL));
  TRY("abi/inotify-init", syscall(SYS_inotify_init));
  TRY("abi/epoll-create", syscall(SYS_epoll_create, 1));
  every_x32_number();
}
#else
void try_foreign(void) {}
#endif
