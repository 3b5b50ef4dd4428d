// reserve GIB: reserves GIB gibibytes of address space and never touches it, as Go, Java and wasm runtimes do.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

int main(int argc, char** argv) {
  const size_t bytes = (argc > 1 ? strtoul(argv[1], NULL, 10) : 64) << 30;
  void* memory = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  puts(memory == MAP_FAILED ? "REFUSED" : "RESERVED");
  return memory == MAP_FAILED;
}
