// refused_memory: takes memory until the kernel refuses more, as a program does that handles this and goes on.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int main(void) {
  const size_t piece = 1 << 20;
  int pieces = 0;
  for (char* memory; (memory = malloc(piece)) != NULL; ++pieces) memset(memory, 1, piece);
  printf("REFUSED\n");
  fflush(stdout);
  // Give the supervisor, which looks ten times a second, the time to look.
  const struct timespec wait = {.tv_nsec = 300000000};
  nanosleep(&wait, NULL);
  return pieces == 0;
}
