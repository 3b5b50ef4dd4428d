// refused_memory: takes memory until the kernel refuses more, as a program does that handles this and goes on.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
  const size_t piece = 1 << 20;
  int pieces = 0;
  for (char* memory; (memory = malloc(piece)) != NULL; ++pieces) memset(memory, 1, piece);
  printf("REFUSED\n");
  return pieces == 0;
}
