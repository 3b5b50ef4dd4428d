// What the test of `immure explain` runs in a cell: each word of the command line is something that a cell refuses.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char* what, long ret) {
  printf("%s %s\n", what, ret >= 0 ? "ok" : strerrorname_np(errno));
  fflush(stdout);
}

static long try_socket(void) { return socket(AF_INET, SOCK_STREAM, 0); }

static void* in_thread(void* ignored) {
  (void)ignored;
  for (int i = 0; i < 100; ++i)
    if (try_socket() >= 0) exit(9);
  return NULL;
}

static void threads(void) {
  pthread_t all[4];
  for (int i = 0; i < 4; ++i)
    if (pthread_create(&all[i], NULL, in_thread, NULL) != 0) exit(8);
  for (int i = 0; i < 4; ++i) pthread_join(all[i], NULL);
  puts("threads ok");
}

static void forks(void) {
  for (int i = 0; i < 3; ++i) {
    const pid_t child = fork();
    if (child == 0) _exit(syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0) < 0 && errno == EPERM ? 0 : 7);
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) exit(7);
  }
  puts("forks ok");
}

// More different refusals than explain keeps, then many equal ones, and only then the one that matters.
static void flood(void) {
  char path[64];
  struct stat status;
  for (int i = 0; i < 2000; ++i) {
    snprintf(path, sizeof path, "/nowhere/%d", i);
    if (stat(path, &status) == 0) exit(6);
    if (ioctl(0, 0x7000 + (unsigned)i) == 0) exit(6);
  }
  for (int i = 0; i < 20000; ++i)
    if (try_socket() >= 0) exit(6);
  puts("flood ok");
}

// Changes the path while the supervisor reads it. The call must stay denied whatever the supervisor saw.
static char changing[32] = "/bin/true";
static volatile int done;
static void* change(void* ignored) {
  (void)ignored;
  while (!done) {
    strcpy(changing, "/bin/sh");
    strcpy(changing, "/bin/true");
  }
  return NULL;
}
static void race(void) {
  pthread_t other;
  char* const arguments[] = {changing, NULL};
  if (pthread_create(&other, NULL, change, NULL) != 0) exit(8);
  for (int i = 0; i < 200; ++i)
    if (execve(changing, arguments, NULL) != -1 || errno != EPERM) exit(5);
  done = 1;
  pthread_join(other, NULL);
  puts("race ok");
}

int main(int count, char** words) {
  int pair[2];
  char* const no_arguments[] = {"id", NULL};
  for (int i = 1; i < count; ++i) {
    const char* word = words[i];
    if (!strcmp(word, "socket")) say(word, try_socket());
    if (!strcmp(word, "exec")) say(word, execve("/usr/bin/id", no_arguments, NULL));
    if (!strcmp(word, "pair")) say(word, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    if (!strcmp(word, "tmp")) say(word, open("/tmp/work", O_WRONLY | O_CREAT, 0600));
    if (!strcmp(word, "input")) say(word, open("/in/new", O_WRONLY | O_CREAT, 0600));
    if (!strcmp(word, "etc")) say(word, mkdir("/etc/new", 0700));
    if (!strcmp(word, "back")) say(word, open("/out/a", O_RDWR | O_CREAT, 0600));
    if (!strcmp(word, "missing")) say(word, open("/usr/share/common-licenses/GPL-3", O_RDONLY));
    if (!strcmp(word, "nowhere")) say(word, open("/in/nowhere", O_RDONLY));
    if (!strcmp(word, "call")) say(word, msync(NULL, 0, MS_SYNC));
    if (!strcmp(word, "code"))
      say(word, mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
                    ? -1
                    : 0);
    if (!strcmp(word, "null")) say(word, open("/dev/null", O_WRONLY));
    if (!strcmp(word, "bad-address")) say(word, syscall(SYS_execve, 16, 16, 16));
    if (!strcmp(word, "threads")) threads();
    if (!strcmp(word, "forks")) forks();
    if (!strcmp(word, "flood")) flood();
    if (!strcmp(word, "race")) race();
    if (!strcmp(word, "red")) say(word, open("/etc/\033[31mred", O_WRONLY | O_CREAT, 0600));
    if (!strcmp(word, "die")) raise(SIGKILL);
    if (!strcmp(word, "abort")) abort();
    if (!strcmp(word, "relative")) say(word, open("here", O_WRONLY | O_CREAT, 0600));
    if (!strcmp(word, "stdout")) say(word, open("/dev/stdout", O_WRONLY | O_CREAT | O_EXCL, 0600));
    if (!strcmp(word, "link")) say(word, symlinkat("a", AT_FDCWD, "/out/link"));
    if (!strcmp(word, "mounts")) say(word, open("/proc/mounts", O_RDONLY));
    if (!strcmp(word, "fail")) return 3;
  }
  return 0;
}
