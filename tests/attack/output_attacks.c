/* Does what a hostile program may do with its outputs: output_attacks WHAT [NUMBER [NUMBER]]. WHAT chooses one attempt.
 * */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void put(const char* path, const char* text, mode_t mode) {
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
  if (fd < 0 || write(fd, text, strlen(text)) < 0) {
    perror(path);
    exit(9);
  }
  close(fd);
}

static void say(const char* text) {
  if (write(1, text, strlen(text)) < 0) exit(9);
  usleep(20000); /* the reader then usually gets each piece alone; no test depends on this */
}

/* Makes a file in nested directories, and so many more directories that the owner of the output directory has time to
 * exchange the first directory. */
static void directories(int count) {
  char name[64];
  mkdir("/out/a", 0755);
  mkdir("/out/a/cron.d", 0755);
  put("/out/a/cron.d/evil", "* * * * * root id\n", 0755);
  for (int i = 0; i < count; i++) {
    snprintf(name, sizeof name, "/out/b%05d", i);
    mkdir(name, 0755);
  }
}

static volatile sig_atomic_t told;
static void on_signal(int number) { told = number; }

/* Prints `started`, and goes on when it gets SIGUSR1. */
static void wait_for_signal(void) {
  signal(SIGUSR1, on_signal);
  puts("started");
  fflush(stdout);
  while (!told) usleep(1000);
  put("/out/result", "result\n", 0644);
}

/* Makes files that consist of a hole only. */
static void sparse(int count, long long size) {
  char name[64];
  for (int i = 0; i < count; i++) {
    snprintf(name, sizeof name, "/out/s%05d", i);
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0 || ftruncate(fd, size) != 0) exit(9);
    close(fd);
  }
}

/* Makes a file with a hole between two pieces of data, and another hole at its end. */
static void hole(void) {
  int fd = open("/out/hole", O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (pwrite(fd, "begin", 5, 0) != 5 || pwrite(fd, "end", 3, 8 << 20) != 3 || ftruncate(fd, 16 << 20) != 0) exit(9);
}

static void flood(long long bytes) {
  static char block[65536];
  memset(block, 'x', sizeof block);
  signal(SIGPIPE, SIG_IGN);
  for (long long left = bytes; left > 0;) {
    ssize_t count = write(1, block, sizeof block);
    if (count < 0) exit(0);
    left -= count;
  }
}

/* Makes many files with the longest paths that the harvest accepts. */
static void long_names(int count) {
  char part[241], name[64];
  memset(part, 'n', 240);
  part[240] = 0;
  if (chdir("/out") != 0) exit(9);
  for (int i = 0; i < 14; i++) {
    if (mkdir(part, 0755) != 0 || chdir(part) != 0) exit(9);
  }
  for (int i = 0; i < count; i++) {
    snprintf(name, sizeof name, "f%05d", i);
    put(name, "x", 0644);
  }
}

/* Makes nested directories, with a file in the last one. */
static void deep(int levels, int length) {
  char part[256];
  memset(part, 'd', sizeof part);
  part[length] = 0;
  put("/out/beside", "beside\n", 0644);
  if (chdir("/out") != 0) exit(9);
  for (int i = 0; i < levels; i++) {
    if (mkdir(part, 0755) != 0 || chdir(part) != 0) exit(9);
  }
  put("bottom", "bottom\n", 0644);
}

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "";
  long long one = argc > 2 ? atoll(argv[2]) : 0, two = argc > 3 ? atoll(argv[3]) : 0;
  if (!strcmp(what, "directories")) directories((int)one);
  if (!strcmp(what, "wait")) wait_for_signal();
  if (!strcmp(what, "sparse")) sparse((int)one, two);
  if (!strcmp(what, "hole")) hole();
  if (!strcmp(what, "flood")) flood(one);
  if (!strcmp(what, "long-names")) long_names((int)one);
  if (!strcmp(what, "deep")) deep((int)one, (int)two);
  umask(0);
  if (!strcmp(what, "modes")) {
    mkdir("/out/open", 0777);
    put("/out/open/file", "x", 0777);
  }
  if (!strcmp(what, "refused")) put("/out/stdout", "forged\n", 0644);
  /* Prints CSI as one byte and as UTF-8, a change of the text's direction, and a character in two pieces. */
  if (!strcmp(what, "controls")) {
    say("A\x9b"
        "1mB\xc2\x9b"
        "2mC\xe2\x80\xae"
        "D\xc3");
    say("\xa9"
        "E\xc2");
    say("\x9b"
        "3mF\n");
  }
  return 0;
}
