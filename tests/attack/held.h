/* Shared by the programs that take too much of a resource: how a process keeps what it has. The programs cannot use
 * pause(2), because the profiles deny this call, and the process would go on at once. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

/* Keeps what this process has until another process kills it. Exits with 71 if poll(2) is denied. */
static inline _Noreturn void hold(void) {
  while (poll(NULL, 0, 1000) == 0 || errno == EINTR) {
  }
  _exit(71);
}

/* Sends one letter to the parent. The parent's end of the pipe reaches the end of file when each child has sent its
 * letter or has ended. */
static inline void say(const int ends[2], char letter) {
  if (write(ends[1], &letter, 1) != 1) _exit(70);
  close(ends[0]);
  close(ends[1]);
}

/* Prints how many children sent each letter. Returns 0 if each of `count` children sent one. */
static inline int tell(const int ends[2], int count) {
  int held = 0, refused = 0;
  char letter;
  close(ends[1]);
  while (read(ends[0], &letter, 1) == 1) *(letter == 'h' ? &held : &refused) += 1;
  printf("HELD %d REFUSED %d\n", held, refused);
  fflush(stdout);
  return held + refused == count ? 0 : 70;
}
