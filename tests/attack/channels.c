// Tries to reach other processes from a cell without a file, a socket or a privilege. The first argument chooses the
// attempt, and the answer is one line. A test also runs `wait` outside of the cell, as the process of the host that
// waits on a lock in /in.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int say(const char* what, long answer) {
  printf("%s: %s\n", what, answer < 0 ? strerror(errno) : "done");
  return answer < 0 ? 0 : 1;
}

// The first word of a file, which every process that maps the file shares.
static uint32_t* word_of(const char* path) {
  const int file = open(path, O_RDONLY);
  void* mapped = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
  if (file < 0 || mapped == MAP_FAILED) {
    perror(path);
    exit(70);
  }
  return mapped;
}

static long futex(uint32_t* word, int operation, uint32_t value, const void* fourth, uint32_t* other) {
  return syscall(SYS_futex, word, operation, value, fourth, other, FUTEX_BITSET_MATCH_ANY);
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// Sleeps until another process wakes the waiters of the word, but at most ten seconds.
static int wait_for(uint32_t* word) {
  struct timespec end;
  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_sec += 10;
  puts("waits");
  fflush(stdout);
  return say("wait", futex(word, FUTEX_WAIT_BITSET, *word, &end, NULL));
}

// Tries to wake or to move a process that waits on the word, for at most five seconds.
static int try_on(const char* what, uint32_t* word, int operation) {
  long moved = 0;
  for (const double end = seconds() + 5; moved == 0 && seconds() < end;)
    moved = operation == FUTEX_WAKE ? futex(word, operation, 1, NULL, NULL)
                                    : futex(word, operation, 0, (const void*)1, word + 1);
  if (moved == 0) errno = ESRCH;
  return say(what, moved > 0 ? moved : -1);
}

int main(int count, char** arguments) {
  const char* what = count > 1 ? arguments[1] : "";
  const char* file = count > 2 ? arguments[2] : arguments[0];
  if (strcmp(what, "wait") == 0) return wait_for(word_of(file));
  if (strcmp(what, "wake") == 0) return try_on(what, word_of(file), FUTEX_WAKE);
  if (strcmp(what, "requeue") == 0) return try_on(what, word_of(file), FUTEX_REQUEUE);
  if (strcmp(what, "merge") == 0) {
    void* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    // EINVAL means that this kernel cannot merge pages.
    return say(what, madvise(page, 4096, MADV_MERGEABLE) == 0 || errno == EINVAL ? 0 : -1);
  }
  if (strcmp(what, "name") == 0) return say(what, prctl(PR_SET_NAME, "EXFILTRATED"));
  if (strcmp(what, "x32") == 0) return say(what, syscall(0x40000000 + SYS_getpid));
  if (strcmp(what, "stack") == 0) return printf("stack %p\n", (void*)&what) < 0;
  if (strcmp(what, "signals") == 0) {
    struct sigaction hangup;
    sigset_t blocked;
    sigaction(SIGHUP, NULL, &hangup);
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    const int kept = hangup.sa_handler == SIG_IGN || sigismember(&blocked, SIGHUP) == 1;
    return say(what, kept ? 0 : (errno = ENOENT, -1));
  }
  return 64;
}
