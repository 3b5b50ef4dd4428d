// membomb PROCESSES MIB: starts PROCESSES processes, each of which holds MIB mebibytes of its own memory until the end.
#include <stdlib.h>

#include "held.h"

int main(int argc, char** argv) {
  const int processes = argc > 1 ? atoi(argv[1]) : 12;
  const size_t bytes = (argc > 2 ? strtoul(argv[2], NULL, 10) : 180) << 20;
  int ends[2];
  if (pipe(ends) != 0) return 70;
  for (int i = 0; i < processes; ++i) {
    if (fork() != 0) continue;
    // Use volatile, because otherwise the compiler removes writes to memory that is never read.
    volatile char* memory = malloc(bytes);
    for (size_t at = 0; memory != NULL && at < bytes; at += 4096) memory[at] = 1;
    say(ends, memory == NULL ? 'r' : 'h');
    if (memory == NULL) return 9;
    hold();
  }
  return tell(ends, processes);
}
