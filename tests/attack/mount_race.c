/* Mounts over a directory of a run's input at the worst moment, as fusermount or a `user` line in fstab allows any user
 * to do.
 *
 * mount_race cover DIR OTHER: binds OTHER onto DIR as soon as another process has listed DIR.
 * mount_race uncover DIR OTHER: binds OTHER onto DIR at once, and removes the mount as soon as another process has
 * opened the file OTHER/f. Both end when standard input ends, and then restore the mounts that existed when DIR was
 * first listed. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <unistd.h>

static void need(int result, const char* what) {
  if (result >= 0) return;
  perror(what);
  exit(1);
}

static void say(const char* text) {
  puts(text);
  fflush(stdout);
}

static void await(const char* path, unsigned event) {
  char events[4096];
  const int queue = inotify_init();
  need(queue, "inotify_init");
  need(inotify_add_watch(queue, path, event), path);
  say("armed");
  need((int)read(queue, events, sizeof events), "read");
}

static void await_end_of_input(void) {
  char byte;
  while (read(0, &byte, 1) > 0) {
  }
}

int main(int count, char** words) {
  if (count != 4) return 64;
  const char *directory = words[2], *other = words[3];
  if (strcmp(words[1], "cover") == 0) {
    await(directory, IN_CLOSE_NOWRITE);
    need(mount(other, directory, 0, MS_BIND, 0), "mount");
    say("covered");
    await_end_of_input();
    need(umount2(directory, MNT_DETACH), "umount");
  } else {
    char file[4096];
    snprintf(file, sizeof file, "%s/f", other);
    need(mount(other, directory, 0, MS_BIND, 0), "mount");
    await(file, IN_OPEN);
    need(umount2(directory, MNT_DETACH), "umount");
    say("uncovered");
    await_end_of_input();
    need(mount(other, directory, 0, MS_BIND, 0), "mount");
  }
  return 0;
}
