// oomkill MIB CHUNKS: several processes fill shared memory and drop it from their own tables, so that it stays charged
// to the cell and is in no process's resident set. The kernel's OOM killer then finds no large process to end.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
  const size_t mib = argc > 1 ? strtoul(argv[1], NULL, 10) : 1200;
  const int processes = argc > 2 ? atoi(argv[2]) : 2;
  for (int i = 0; i < processes; ++i) {
    if (fork() != 0) continue;
    char* memory = mmap(NULL, mib << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return 9;
    for (size_t at = 0; at < mib << 20; at += 1 << 20) {
      memset(memory + at, 1, 1 << 20);
      madvise(memory + at, 1 << 20, MADV_DONTNEED);
    }
    puts("HELD");
    fflush(stdout);
    pause();
  }
  int status = 0;
  while (wait(&status) > 0)
    if (WIFEXITED(status) && WEXITSTATUS(status) == 9) puts("REFUSED");
  return 0;
}
