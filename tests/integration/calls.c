// Makes calls that a cell allows, feigns or denies on purpose, and prints `NAME ANSWER` for each: ok, or the errno's
// name.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t fired;
static void on_alarm(int number) { fired = number; }

static void say(const char* name, long answer) { printf("%s %s\n", name, answer >= 0 ? "ok" : strerrorname_np(errno)); }

static void lock(int file) {
  struct flock lock = {.l_type = F_RDLCK};
  say("flock", flock(file, LOCK_EX));
  say("lock-record", fcntl(file, F_SETLK, &lock));
  lock.l_type = F_WRLCK;
  say("ask-for-lock", fcntl(file, F_GETLK, &lock));
  printf("lock-of-somebody %d\n", lock.l_type != F_UNLCK);
}

static void limit(void) {
  struct rlimit limit = {0, 0};
  say("core-limit", setrlimit(RLIMIT_CORE, &limit));
  getrlimit(RLIMIT_CORE, &limit);
  printf("core-limit-is %ld\n", (long)limit.rlim_cur);
  say("no-dumps", prctl(PR_SET_DUMPABLE, 0));
  limit.rlim_cur = limit.rlim_max = 64;
  say("fewer-files", setrlimit(RLIMIT_NOFILE, &limit));
  limit.rlim_cur = limit.rlim_max = 128;
  say("more-files", setrlimit(RLIMIT_NOFILE, &limit));
}

static void output(void) {
  const int file = open("/out/x", O_WRONLY | O_CREAT, 0600);
  const struct timeval times[2] = {{1, 0}, {1000000000, 0}};
  say("write", write(file, "text", 4));
  say("fchmod", fchmod(file, 0640));
  say("fchmod-set-uid", fchmod(file, 04755));
  say("chmod-set-gid", chmod("/out/x", 02755));
  say("fallocate", fallocate(file, 0, 0, 4096));
  say("truncate", truncate("/out/x", 4));
  say("utimes", utimes("/out/x", times));
  say("copy-from-output", copy_file_range(file, NULL, file, NULL, 1, 0));
  say("mkdir", mkdir("/out/d", 0700));
  say("rmdir", rmdir("/out/d"));
}

static void input(void) {
  const struct timeval times[2] = {{1, 0}, {2, 0}};
  say("chmod-input", chmod("/in/a", 0600));
  say("truncate-input", truncate("/in/a", 0));
  say("utimes-input", utimes("/in/a", times));
  say("rmdir-input", rmdir("/in/none"));
  say("rename-input", rename("/in/a", "/in/b"));
}

static void wait_for_something(void) {
  struct epoll_event event = {.events = EPOLLIN};
  const struct itimerspec soon = {.it_value = {0, 1000000}};
  const int timer = timerfd_create(CLOCK_MONOTONIC, 0), events = epoll_create1(0);
  timerfd_settime(timer, 0, &soon, NULL);
  epoll_ctl(events, EPOLL_CTL_ADD, timer, &event);
  printf("timer-by-epoll %d\n", epoll_wait(events, &event, 1, 60000));
  say("eventfd", eventfd(0, 0));
  signal(SIGALRM, on_alarm);
  alarm(1);
  while (!fired) pause();
  printf("alarm %d\n", fired == SIGALRM);
}

int main(void) {
  lock(open("/in/a", O_RDONLY));
  output();
  input();
  wait_for_something();
  say("own-user", setuid(getuid()));
  say("root-user", setuid(0));
  say("session", setsid());
  say("signal-itself", kill(getpid(), 0));
  say("signal-nobody", kill(4000000, 0));
  say("younger-call", syscall(900));
  const pid_t child = vfork();
  if (child == 0) _exit(0);
  say("vfork", child < 0 ? -1 : waitpid(child, NULL, 0));
  limit();
  return 0;
}
