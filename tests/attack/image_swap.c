/* image_swap ONE OTHER: exchanges the two files until it is killed.
 * image_swap ONE OTHER COUNT: puts OTHER in the place of ONE when readers have closed ONE COUNT times. With COUNT 0,
 * prints how often ONE was closed before the end of standard input. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

static long closes(int queue) {
  char buffer[4096] __attribute__((aligned(8)));
  ssize_t filled = read(queue, buffer, sizeof buffer);
  long count = 0;
  for (ssize_t at = 0; at < filled;) {
    const struct inotify_event* event = (const struct inotify_event*)(buffer + at);
    if (event->mask & IN_CLOSE) ++count;
    at += (ssize_t)sizeof *event + event->len;
  }
  return count;
}

int main(int argc, char** argv) {
  if (argc < 3) return 64;
  if (argc == 3) {
    for (;;) renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE);
  }
  const long wanted = atol(argv[3]);
  const int queue = inotify_init();
  if (queue < 0 || inotify_add_watch(queue, argv[1], IN_CLOSE) < 0) return 1;
  /* Tell the test that this program watches the file. */
  puts("watching");
  fflush(stdout);
  struct pollfd both[2] = {{.fd = queue, .events = POLLIN}, {.fd = wanted == 0 ? 0 : -1, .events = POLLIN}};
  long seen = 0;
  for (;;) {
    if (poll(both, 2, -1) < 0) return 1;
    if (both[0].revents) {
      seen += closes(queue);
      if (wanted > 0 && seen >= wanted) return rename(argv[2], argv[1]) == 0 ? 0 : 1;
    } else if (both[1].revents) {
      printf("%ld\n", seen);
      return 0;
    }
  }
}
