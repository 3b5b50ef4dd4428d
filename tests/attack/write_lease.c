/* write_lease FILE...: holds a write lease on each file and does not let go when the kernel asks. Prints `ready`. An
 * open of such a file with O_NONBLOCK fails with EAGAIN until fs.lease-break-time has passed (fcntl(2), F_SETLEASE). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int count, char** words) {
  signal(SIGIO, SIG_IGN);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return 70;
  for (int i = 1; i < count; ++i) {
    const int file = open(words[i], O_RDWR);
    if (file < 0 || fcntl(file, F_SETLEASE, F_WRLCK) != 0) {
      perror(words[i]);
      return 1;
    }
  }
  puts("ready");
  fflush(stdout);
  for (;;) pause();
}
