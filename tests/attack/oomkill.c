// oomkill MIB PROCESSES: several processes fill shared memory and then unmap it. The memory stays charged to the cell
// but is in no process's resident set, so the kernel's OOM killer finds no large process to kill.
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "held.h"

int main(int argc, char** argv) {
  const size_t mib = argc > 1 ? strtoul(argv[1], NULL, 10) : 1200;
  const int processes = argc > 2 ? atoi(argv[2]) : 2;
  int ends[2];
  if (pipe(ends) != 0) return 70;
  for (int i = 0; i < processes; ++i) {
    if (fork() != 0) continue;
    char* memory = mmap(NULL, mib << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
      say(ends, 'r');
      return 9;
    }
    for (size_t at = 0; at < mib << 20; at += 1 << 20) {
      memset(memory + at, 1, 1 << 20);
      madvise(memory + at, 1 << 20, MADV_DONTNEED);
    }
    say(ends, 'h');
    hold();
  }
  return tell(ends, processes);
}
