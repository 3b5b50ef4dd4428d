// Exchanges two names for ever, so that a program that looks a name up twice finds two different files.
// Usage: xchg ONE OTHER
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int count, char** names) {
  if (count != 3) return 64;
  while (renameat2(AT_FDCWD, names[1], AT_FDCWD, names[2], RENAME_EXCHANGE) == 0) {
  }
  perror("renameat2");
  return 70;
}
