// selfsignal NUMBER: sends this signal to itself, and ends by it.
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char** argv) {
  syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), argc > 1 ? atoi(argv[1]) : SIGXCPU);
  return 0;
}
