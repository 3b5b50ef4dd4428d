/* Prints how long open(2) for writing and close(2) take together, in microseconds. Run this program in a cell with the
 * observer and in a cell without it: the difference is the price of the observer. With an argument `read` the program
 * opens for reading, and the kernel does not notify the observer. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char** argv) {
  enum { kCalls = 20000 };
  (void)argv;
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (int i = 0; i < kCalls; ++i) {
    int fd = argc > 1 ? open("/in/a", O_RDONLY) : open("/out/a", O_WRONLY | O_CREAT, 0600);
    if (fd < 0) return 1;
    close(fd);
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  double elapsed = (double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec);
  printf("%.2f\n", elapsed / kCalls / 1000);
  return 0;
}
