/* end_meanwhile PID|cell WHEN COMMAND...: runs the command, kills process PID while the command runs, and exits like
 * the command. `cell` stands for any descendant of the command at which the command looks.
 * WHEN 0: kills PID right before the command's first clone3(2). Then waits until the kernel gives out the numbers of
 * PID's namespaces again, so that the command's next namespaces get these numbers; goes on after a while if another
 * process holds the numbers. WHEN N: kills PID right before the command opens a file below /proc/PID for the Nth time.
 * Exits with 77 if the command never does that. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
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

/* Keeps the number that the kernel would give out next, until this program ends. */
static void keep_a_number(void) {
  int ends[2];
  char byte = 0;
  if (pipe(ends) != 0) return;
  if (fork() == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (unshare(CLONE_NEWUTS) == 0 && write(ends[1], &byte, 1) == 1) pause();
    _exit(1);
  }
  close(ends[1]);
  if (read(ends[0], &byte, 1) != 1) perror("end_meanwhile: a number");
  close(ends[0]);
}

/* The kernel gives out the lowest free number. A namespace of an earlier run may end late, and its number is free from
 * then on; if that number is lower than the numbers of PID, this program keeps it. The numbers count as found when they
 * have stayed the same for a while, because a late namespace ends within milliseconds. */
static void end_and_wait_for_numbers(const char* process) {
  const struct numbers of_it = numbers_of(process);
  kill(atoi(process), SIGKILL);
  for (int tries = 0, same = 0; tries < 1000 && same < 50; ++tries) {
    const struct numbers now = numbers_given_out();
    same = now.first == of_it.first && now.second == of_it.second ? same + 1 : 0;
    if (now.first != 0 && now.first < of_it.first) keep_a_number();
    usleep(1000);
  }
}

/* Kills the process, and waits until it is exiting (PF_EXITING, 0x4 in the field `flags` of proc_pid_stat(5)). Does not
 * wait for a zombie: the first process of a pid namespace waits for its other processes, and the command, which is
 * stopped here, traces one of them. */
static void end(pid_t process) {
  char path[64], text[512], *state;
  unsigned flags = 0;
  snprintf(path, sizeof path, "/proc/%d/stat", process);
  kill(process, SIGKILL);
  while ((flags & 4) == 0) {
    FILE* stat = fopen(path, "r");
    const size_t size = stat == NULL ? 0 : fread(text, 1, sizeof text - 1, stat);
    if (stat != NULL) fclose(stat);
    text[size] = '\0';
    if ((state = strrchr(text, ')')) == NULL || state[2] == 'Z' || state[2] == 'X') return;
    if (sscanf(state + 2, "%*c %*d %*d %*d %*d %*d %u", &flags) != 1) return;
    sched_yield();
  }
}

/* The parent of a process, or 0. */
static pid_t parent_of(pid_t process) {
  char path[64], text[512] = "", *state;
  snprintf(path, sizeof path, "/proc/%d/stat", process);
  FILE* stat = fopen(path, "r");
  if (stat == NULL) return 0;
  if (fgets(text, sizeof text, stat) == NULL) text[0] = '\0';
  fclose(stat);
  return (state = strrchr(text, ')')) == NULL ? 0 : atoi(state + 4);
}

static int descends_from(pid_t process, pid_t ancestor) {
  for (process = parent_of(process); process > 1; process = parent_of(process))
    if (process == ancestor) return 1;
  return 0;
}

/* The number of the wanted process if this call opens the process's directory in /proc or a file in it; otherwise 0. */
static pid_t looked_at(pid_t task, const struct __ptrace_syscall_info* info, const char* wanted) {
  char path[32] = "";
  struct iovec to = {path, sizeof path - 1}, from = {(void*)info->entry.args[1], sizeof path - 1};
  int process = 0;
  if (info->entry.nr != SYS_openat || process_vm_readv(task, &to, 1, &from, 1, 0) < 8 ||
      sscanf(path, "/proc/%d", &process) != 1)
    return 0;
  if (strcmp(wanted, "cell") == 0) return descends_from(process, task) ? process : 0;
  return process == atoi(wanted) ? process : 0;
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
    const pid_t process = when > 0 ? looked_at(child, &info, words[1]) : 0;
    if (process > 0 && ++seen == when) {
      end(process);
      done = 1;
    }
  }
}
