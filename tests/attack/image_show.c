/* Prints the file that its argument names. */
#include <fcntl.h>
#include <unistd.h>

int main(int argc, char** argv) {
  char buffer[256];
  int fd = argc > 1 ? open(argv[1], O_RDONLY) : -1;
  ssize_t count = fd < 0 ? -1 : read(fd, buffer, sizeof buffer);
  if (count < 0) return 1;
  return write(1, buffer, (size_t)count) == count ? 0 : 1;
}
