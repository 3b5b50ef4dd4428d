// membomb PROCESSES MIB: starts PROCESSES processes, each of which holds MIB mebibytes of its own memory for ever.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
  const int processes = argc > 1 ? atoi(argv[1]) : 12;
  const size_t bytes = (argc > 2 ? strtoul(argv[2], NULL, 10) : 180) << 20;
  int ends[2];
  if (pipe(ends) != 0) return 70;
  for (int i = 0; i < processes; ++i) {
    if (fork() != 0) continue;
    char* memory = malloc(bytes);
    if (memory == NULL) return 9;
    memset(memory, 1, bytes);
    if (write(ends[1], "x", 1) != 1) return 70;
    pause();
  }
  // Wait until all of these processes are gone.
  close(ends[1]);
  char byte;
  for (int i = 0; i < processes; ++i)
    if (read(ends[0], &byte, 1) != 1) return 70;
  puts("ALL HELD");
  fflush(stdout);
  pause();
  return 0;
}
