// fillout MIB: writes one file of MIB mebibytes to /out.
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char** argv) {
  static char piece[1 << 20];
  memset(piece, 'x', sizeof piece);
  const int file = open("/out/large", O_WRONLY | O_CREAT | O_EXCL, 0644);
  for (int i = argc > 1 ? atoi(argv[1]) : 200; i > 0; --i)
    if (write(file, piece, sizeof piece) != (ssize_t)sizeof piece) return 1;
  return 0;
}
