// A payload that writes something, and then runs with a child process until it is killed.
// usage: lasting MARK
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <sys/syscall.h>

int main(void) {
  const int fd = openat(AT_FDCWD, "/out/started", O_CREAT | O_WRONLY, 0600);
  if (fd < 0 || write(fd, "started", 7) != 7 || write(1, "STARTED\n", 8) != 8) return 1;
  syscall(SYS_clone, 17, 0, 0, 0, 0);
  for (;;) {
    const struct timespec long_time = {.tv_sec = 1000, .tv_nsec = 0};
    nanosleep(&long_time, NULL);
  }
}
