// forkbomb [MOST]: starts processes that stay, until the kernel refuses one or MOST are running, and prints their
// number.
#include <stdlib.h>

#include "held.h"

int main(int argc, char** argv) {
  const int most = argc > 2 ? atoi(argv[1]) : 1 << 20;
  for (int count = 0; count < most; ++count) {
    const int child = fork();
    if (child == 0) hold();
    if (child > 0) continue;
    printf("REFUSED after %d\n", count);
    return 0;
  }
  printf("STARTED %d\n", most);
  return 0;
}
