// Makes one attempt of an escape and prints its answer as a line `id ret errno` on standard output.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static inline void tell(const char* id, long ret, const char* word) {
  char line[256];
  const int length = snprintf(line, sizeof line, "%s %ld %s\n", id, ret, word);
  if (write(1, line, (size_t)length) != length) _exit(98);
}

static inline void report(const char* id, long ret, int number) {
  const char* name = ret == -1 ? strerrorname_np(number) : "ok";
  tell(id, ret, name != NULL ? name : "?");
}

/// Prints a fact about the effect of an attempt: `leak` if there is an effect, which must not be.
static inline void effect(const char* id, int leaked) { tell(id, leaked, leaked ? "leak" : "none"); }

// TRY_OPEN closes what the call opened, so that a hole does not change the next answers.
#define TRY(id, call)               \
  do {                              \
    errno = 0;                      \
    const long ret_ = (long)(call); \
    report(id, ret_, errno);        \
  } while (0)
#define TRY_OPEN(id, call)          \
  do {                              \
    errno = 0;                      \
    const long ret_ = (long)(call); \
    report(id, ret_, errno);        \
    if (ret_ > 2) close((int)ret_); \
  } while (0)

/// A plain fork(2): the fork of the C library uses other clone flags and its own handlers.
static inline long new_child(unsigned long flags) { return syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0); }

/// Waits five seconds, then kills the child. Returns the wait status.
static inline int await_child(long pid) {
  int status = 0;
  const struct timespec pause = {.tv_sec = 0, .tv_nsec = 200000};
  for (int i = 0; i < 25000; ++i) {
    if (syscall(SYS_wait4, pid, &status, WNOHANG | __WALL, 0) == pid) return status;
    nanosleep(&pause, NULL);
  }
  syscall(SYS_tgkill, pid, pid, SIGKILL);
  syscall(SYS_wait4, pid, &status, __WALL, 0);
  return status;
}

/// If a signal ended the child, the child printed nothing itself, so print the signal.
static inline void tell_death(const char* id, int status) {
  if (!WIFSIGNALED(status)) return;
  const char* name = sigabbrev_np(WTERMSIG(status));
  char word[32];
  snprintf(word, sizeof word, "SIG%s", name != NULL ? name : "?");
  tell(id, -1, word);
}

// For calls that may kill their task or change it permanently.
#define TRY_IN_CHILD(id, call)           \
  do {                                   \
    errno = 0;                           \
    const long pid_ = new_child(0);      \
    if (pid_ == 0) {                     \
      TRY(id, call);                     \
      _exit(0);                          \
    }                                    \
    if (pid_ < 0)                        \
      report(id, pid_, errno);           \
    else                                 \
      tell_death(id, await_child(pid_)); \
  } while (0)

void try_files(void);
void try_output(void);
void try_kernel(void);
void try_process(void);
void try_foreign(void);
void try_every_number(void);
void try_exec(const char* self);
