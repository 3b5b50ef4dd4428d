// forkbomb: starts processes until the kernel refuses one, and prints how many it started.
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  int count = 0;
  while (1) {
    const int child = fork();
    if (child < 0) break;
    if (child == 0) {
      pause();
      _exit(0);
    }
    ++count;
  }
  printf("REFUSED after %d\n", count);
  return 0;
}
