/* What the programs share that take too much of a cell: how a process keeps what it has. pause(2) will not do: the
 * profiles deny the call, and a process that waited by it would go on at once. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

/* Keeps what this process has until somebody ends the process. Ends it with 71 if the call is denied. */
static inline _Noreturn void hold(void) {
  while (poll(NULL, 0, 1000) == 0 || errno == EINTR) {
  }
  _exit(71);
}

/* Says one letter to the parent, at whose end of the pipe the end of file comes when each child has said its letter or
 * has ended. */
static inline void say(const int ends[2], char letter) {
  if (write(ends[1], &letter, 1) != 1) _exit(70);
  close(ends[0]);
  close(ends[1]);
}

/* Prints how many children said which letter. 0 if each of `count` children said one. */
static inline int tell(const int ends[2], int count) {
  int held = 0, refused = 0;
  char letter;
  close(ends[1]);
  while (read(ends[0], &letter, 1) == 1) *(letter == 'h' ? &held : &refused) += 1;
  printf("HELD %d REFUSED %d\n", held, refused);
  fflush(stdout);
  return held + refused == count ? 0 : 70;
}
