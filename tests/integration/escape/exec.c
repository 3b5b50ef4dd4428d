// Tries a second exec in every way.
#include "try.h"

#include <sys/mman.h>
#include <sys/random.h>

static const char* const kArguments[] = {"again", "started", NULL};
static const char* const kNothing[] = {NULL};

static long execute(const char* path) { return syscall(SYS_execve, path, kArguments, kNothing); }
static long execute_at(int fd, const char* path, int flags) {
  return syscall(SYS_execveat, fd, path, kArguments, kNothing, flags);
}

static void by_path(const char* self) {
  TRY("exec/execve-null", execute(NULL));
  TRY("exec/execve-self", execute(self));
  TRY("exec/execve-input", execute("/in/prog"));
  TRY("exec/execve-input-script", execute("/in/script"));
  TRY("exec/execve-output", execute("/out/prog"));
  TRY("exec/execve-loader", execute("/lib64/ld-linux-x86-64.so.2"));
  TRY("exec/execve-nowhere", execute("/nowhere"));
  TRY("exec/execveat-path", execute_at(AT_FDCWD, self, 0));
  TRY("exec/execveat-check", execute_at(AT_FDCWD, self, 0x10000));
  TRY("exec/execveat-badfd", execute_at(-1, "", AT_EMPTY_PATH));
}

/// Counts the descriptors that answer anything but EPERM, with an empty path and with an absolute path.
static void by_descriptor(const char* self) {
  int open = 0;
  for (int fd = 0; fd <= 300; ++fd) {
    errno = 0;
    if (execute_at(fd, "", AT_EMPTY_PATH) != -1 || errno != EPERM) ++open;
    errno = 0;
    if (execute_at(fd, self, AT_EMPTY_PATH) != -1 || errno != EPERM) ++open;
  }
  effect("exec/execveat-0-to-300", open);
  TRY("exec/execveat-N-empty", execute_at(256, "", AT_EMPTY_PATH));
  TRY("exec/execveat-N-abspath", execute_at(256, self, AT_EMPTY_PATH));
  const int program = openat(AT_FDCWD, self, O_RDONLY | O_CLOEXEC);
  TRY("exec/execveat-opened-self", execute_at(program, "", AT_EMPTY_PATH));
  const int path = openat(AT_FDCWD, self, O_PATH);
  TRY("exec/execveat-opath-self", execute_at(path, "", AT_EMPTY_PATH));
  TRY("exec/dup2-to-N", dup2(path, 256));
  TRY("exec/dup3-to-N", dup3(path, 256, O_CLOEXEC));
  TRY("exec/dupfd-to-N", fcntl(path, F_DUPFD, 256));
  int highest = -1;
  for (int fd = dup(path); fd >= 0; fd = dup(path)) highest = fd;
  effect("exec/dup-reaches-N", highest >= 256);
  for (int fd = highest; fd > path; --fd) close(fd);
  close(program);
  close(path);
}

static void by_guessing(void) {
  int open = 0;
  for (int i = 0; i < 20000; ++i) {
    uint64_t guess[2];
    if (getrandom(guess, sizeof guess, 0) != sizeof guess) break;
    errno = 0;
    const long ret = syscall(SYS_execveat, guess[0] << 32 | 256, "", kArguments, kNothing, AT_EMPTY_PATH, guess[1]);
    if (ret != -1 || errno != EPERM) ++open;
  }
  static const uint64_t kPlain[] = {0, 1, 256, ~0ULL, 0x8000000000000000ULL};
  for (size_t i = 0; i < COUNT(kPlain); ++i) {
    errno = 0;
    const long ret = syscall(SYS_execveat, kPlain[i] << 32 | 256, "", kArguments, kNothing, AT_EMPTY_PATH, kPlain[i]);
    if (ret != -1 || errno != EPERM) ++open;
  }
  effect("exec/guesses", open);
}

static void by_children(const char* self) {
  static const struct {
    const char* id;
    unsigned long flags;
  } kWays[] = {{"exec/from-fork", 0}, {"exec/from-files-sharing-child", 0x400}, {"exec/from-fs-sharing-child", 0x200}};
  for (size_t i = 0; i < COUNT(kWays); ++i) {
    const long pid = new_child(kWays[i].flags);
    if (pid == 0) {
      TRY(kWays[i].id, execute(self));
      _exit(0);
    }
    tell_death(kWays[i].id, await_child(pid));
  }
#if defined(__x86_64__)
  const pid_t pid = vfork();
  if (pid == 0) _exit(0);
  report("exec/vfork", pid < 0 ? -1 : 0, errno);
  if (pid > 0) await_child(pid);
#endif
}

void try_exec(const char* self) {
  by_path(self);
  by_descriptor(self);
  by_guessing();
  by_children(self);
  const int program = openat(AT_FDCWD, "/in/prog", O_RDONLY);
  TRY("exec/map-input-program", syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, program, 0));
  close(program);
}
