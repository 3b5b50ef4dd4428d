/* end_meanwhile PID WHEN COMMAND...: runs the command, ends process PID while it runs, and exits as the command does.
 * WHEN 0: right before the command's first clone3(2). The command goes on once the numbers of that process's namespaces
 * are given out again (or it is clear that somebody holds them), so that the next namespaces have the numbers of an
 * ended one's. WHEN N: right before the command opens a file below /proc/PID for the Nth time; 77 if it never does. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

struct numbers {
  unsigned long first, second;
};

static struct numbers numbers_of(const char* process) {
  char path[64];
  struct stat uts = {0}, mnt = {0};
  snprintf(path, sizeof path, "/proc/%s/ns/uts", process);
  stat(path, &uts);
  snprintf(path, sizeof path, "/proc/%s/ns/mnt", process);
  stat(path, &mnt);
  return (struct numbers){uts.st_ino, mnt.st_ino};
}

static struct numbers numbers_given_out(void) {
  int ends[2];
  struct numbers given = {0};
  if (pipe(ends) != 0) return given;
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWUTS) == 0 && unshare(CLONE_NEWNS) == 0) given = numbers_of("self");
    _exit(write(ends[1], &given, sizeof given) != sizeof given);
  }
  close(ends[1]);
  if (read(ends[0], &given, sizeof given) != sizeof given) given.first = 0;
  close(ends[0]);
  waitpid(child, NULL, 0);
  return given;
}

static void end_and_wait_for_numbers(const char* process) {
  const struct numbers of_it = numbers_of(process);
  kill(atoi(process), SIGKILL);
  for (int tries = 0; tries < 500; ++tries) {
    const struct numbers now = numbers_given_out();
    if (now.first == of_it.first && now.second == of_it.second) return;
    usleep(1000);
  }
}

static void end(const char* process) {
  char path[64], text[512], *state;
  snprintf(path, sizeof path, "/proc/%s/stat", process);
  kill(atoi(process), SIGKILL);
  for (;;) {
    FILE* stat = fopen(path, "r");
    const size_t size = stat == NULL ? 0 : fread(text, 1, sizeof text - 1, stat);
    if (stat != NULL) fclose(stat);
    text[size] = '\0';
    if ((state = strrchr(text, ')')) == NULL || state[2] == 'Z' || state[2] == 'X') return;
    sched_yield();
  }
}

/* Whether the call is openat of something below /proc/PID. */
static int is_about(pid_t task, const struct __ptrace_syscall_info* info, const char* process) {
  char wanted[64], path[64] = "";
  const int size = snprintf(wanted, sizeof wanted, "/proc/%s/", process);
  struct iovec to = {path, (size_t)size}, from = {(void*)info->entry.args[1], (size_t)size};
  return info->entry.nr == SYS_openat && process_vm_readv(task, &to, 1, &from, 1, 0) == size &&
         memcmp(path, wanted, (size_t)size) == 0;
}

int main(int count, char** words) {
  if (count < 4) return 64;
  const int when = atoi(words[2]);
  const pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    execv(words[3], words + 3);
    _exit(127);
  }
  int status = 0, entering = 0, done = 0, seen = 0;
  waitpid(child, &status, 0);
  ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  for (;;) {
    const int stopped_by = WSTOPSIG(status);
    const int signal = stopped_by == (SIGTRAP | 0x80) || stopped_by == SIGTRAP ? 0 : stopped_by;
    ptrace(done ? PTRACE_CONT : PTRACE_SYSCALL, child, NULL, (void*)(long)signal);
    if (waitpid(child, &status, 0) < 0) return 70;
    if (WIFEXITED(status)) return done ? WEXITSTATUS(status) : 77;
    if (WIFSIGNALED(status)) return 128 + WTERMSIG(status);
    if (WSTOPSIG(status) != (SIGTRAP | 0x80)) continue;
    entering = !entering;
    struct __ptrace_syscall_info info = {0};
    if (!entering || done || ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info) <= 0) continue;
    if (when == 0 && info.entry.nr == SYS_clone3) {
      end_and_wait_for_numbers(words[1]);
      done = 1;
    }
    if (when > 0 && is_about(child, &info, words[1]) && ++seen == when) {
      end(words[1]);
      done = 1;
    }
  }
}
