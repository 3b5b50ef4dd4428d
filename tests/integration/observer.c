// Makes calls that cannot succeed in a cell, and prints what the kernel answers: `NAME errno`.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void tell(const char* name, long result) {
  printf("%s %s\n", name, result < 0 ? strerrorname_np(errno) : "ok");
  fflush(stdout);
  if (result > 2 && strcmp(name, "mkdir") != 0) close((int)result);
}

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "nothing") == 0) {
    tell("write", open("/out/a", O_WRONLY | O_CREAT, 0600));
    tell("read", open("/in/a", O_RDONLY));
    tell("mkdir", mkdir("/out/d", 0700));
    return 0;
  }
  for (int i = 0; i < 3; ++i) tell("tmp", open("/tmp/scratch", O_WRONLY | O_CREAT, 0600));
  tell("shm", mkdir("/dev/shm/d", 0700));
  tell("read-write", open("/out/b", O_RDWR | O_CREAT, 0600));
  // The filter denies this call by its mode, so the observer gets no notification of the call.
  tell("set-uid", open("/tmp/denied", O_WRONLY | O_CREAT, 04755));
  tell("input", open("/in/a", O_WRONLY));
  tell("dots", open("/out/../in/./new", O_WRONLY | O_CREAT, 0600));
  tell("elsewhere", open("/etc/\033[31mred", O_WRONLY | O_CREAT, 0600));
  if (chdir("/in") == 0) tell("relative", openat(AT_FDCWD, "here", O_WRONLY | O_CREAT, 0600));
  int directory = open("/in", O_RDONLY | O_DIRECTORY);
  tell("below", openat(directory, "there", O_WRONLY | O_CREAT, 0600));
  tell("terminal", open("/dev/full", O_RDWR));
  tell("bad-address", syscall(SYS_openat, AT_FDCWD, (void*)1, O_WRONLY));
  return 0;
}
