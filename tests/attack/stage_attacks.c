// A stage of a pipeline that tries to reach the other stages. Prints a line for each thing that it could do. The first
// argument is `writer` or `reader`, for the end of the pipe that it attacks.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void reached(const char* what) { dprintf(2, "REACHED %s\n", what); }

// No descriptor but the three standard ones.
static void descriptors(void) {
  for (int fd = 3; fd < 1024; ++fd)
    if (fcntl(fd, F_GETFD) >= 0) reached("a descriptor beyond the standard ones");
}

// The kernel must not let a program use a pipe in the direction that is not its own.
static void wrong_direction(int fd, int writes) {
  char byte = 'x';
  if (writes ? read(fd, &byte, 1) >= 0 : write(fd, &byte, 1) >= 0) reached("the other direction of the pipe");
}

// Opens its own pipe again through every name that /proc has for it.
static void reopen(int fd) {
  char path[64];
  const char* const names[] = {"/proc/self/fd/%d", "/dev/fd/%d", "/proc/thread-self/fd/%d", "/proc/1/fd/%d"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    snprintf(path, sizeof path, names[i], fd);
    int again = open(path, O_RDWR);
    struct stat own, other;
    if (again >= 0 && fstat(fd, &own) == 0 && fstat(again, &other) == 0 && own.st_ino == other.st_ino) reached(path);
    // With a write end of its own, a reader would never see the end.
    if (again >= 0) close(again);
  }
}

// Every process number that another cell could have.
static void processes(void) {
  const pid_t self = getpid();
  for (pid_t pid = 1; pid < 70000; ++pid) {
    if (pid == self) continue;
    // Process 1 is the first process of this cell, which the kernel protects.
    if (kill(pid, 0) == 0 && pid != 1) reached("a process by kill");
    if (pid < 512 && syscall(SYS_pidfd_open, pid, 0) >= 0) reached("a process by pidfd_open");
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", pid);
    if (pid < 512 && open(path, O_RDWR) >= 0) reached("a process by /proc");
  }
}

// Waits on a futex of the image file that all stages have mapped: nobody can wake it, and it can wake nobody.
static void futexes(void) {
  unsigned word = 0;
  if (syscall(SYS_futex, &word, FUTEX_WAKE, 1000, NULL, NULL, 0) > 0) reached("a waiter on a futex");
}

// Settings of the pipe: they must not be visible at the other end, which has a pipe of its own.
static void settings(int fd) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  fcntl(fd, F_SETPIPE_SZ, 4096);
}

int main(int count, char** words) {
  if (count < 2) return 64;
  const int writes = strcmp(words[1], "writer") == 0;
  const int fd = writes ? 1 : 0;
  struct stat status;
  if (fstat(fd, &status) != 0 || !S_ISFIFO(status.st_mode)) reached("no pipe");
  descriptors();
  wrong_direction(fd, writes);
  reopen(fd);
  processes();
  futexes();
  settings(fd);
  dprintf(2, "%s inode %lu\n", words[1], (unsigned long)status.st_ino);
  if (writes) {
    for (int i = 0; i < 3000; ++i) {
      const char line[] = "0123456789\n";
      while (write(1, line, sizeof line - 1) < 0 && errno == EAGAIN) {
      }
    }
  } else {
    long bytes = 0;
    char buffer[4096];
    for (;;) {
      ssize_t got = read(0, buffer, sizeof buffer);
      if (got < 0 && errno == EAGAIN) continue;
      if (got <= 0) break;
      bytes += got;
    }
    printf("%ld bytes\n", bytes);
  }
  return 0;
}
