/* Prints how long a system call takes, in nanoseconds. Run this program bare and in a cell: the ratio is the price of
 * the filter. The call is getppid, because libc never answers getppid without making the call. */
#define _GNU_SOURCE
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(void) {
  enum { kCalls = 1000000 };
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (int i = 0; i < kCalls; ++i) (void)getppid();
  clock_gettime(CLOCK_MONOTONIC, &end);
  double elapsed = (double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec);
  printf("%.1f\n", elapsed / kCalls);
  return 0;
}
