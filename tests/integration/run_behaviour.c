// A payload that shows how it was started, or does one simple thing.
// usage: run_behaviour arguments ... | environment | place | input | exit CODE | segfault | trap | nested | many COUNT
// |
//        heavy COUNT | large MEBIBYTES | list | both | fill MEBIBYTES
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

static int show_arguments(int argc, char** argv) {
  for (int i = 2; i < argc; ++i) {
    for (const unsigned char* c = (const unsigned char*)argv[i]; *c != 0; ++c) printf("%02x", *c);
    printf(".\n");
  }
  return 0;
}

static int show_environment(void) {
  for (char** variable = environ; *variable != NULL; ++variable) printf("%s\n", *variable);
  return 0;
}

static int show_place(void) {
  char where[64] = "";
  printf("cwd %s uid %d %d gid %d %d pid-is-one %d\n", getcwd(where, sizeof where), (int)getuid(), (int)geteuid(),
         (int)getgid(), (int)getegid(), getpid() == 1);
  return 0;
}

static int show_input(void) {
  char byte;
  struct stat status;
  fstat(0, &status);
  printf("read %zd character-device %d\n", read(0, &byte, 1), S_ISCHR(status.st_mode));
  return 0;
}

static volatile sig_atomic_t got;
static void note(int number) { got = number; }

static int trap(void) {
  signal(SIGTERM, note);
  if (write(1, "READY\n", 6) != 6) return 1;
  const struct timespec while_ = {.tv_sec = 20, .tv_nsec = 0};
  nanosleep(&while_, NULL);
  return got == SIGTERM ? 5 : 6;
}

static int make(const char* path, mode_t mode, const char* bytes) {
  const int fd = open(path, O_CREAT | O_WRONLY | O_EXCL, mode);
  if (fd < 0) return perror(path), 1;
  const ssize_t count = write(fd, bytes, strlen(bytes));
  close(fd);
  return count == (ssize_t)strlen(bytes) ? 0 : 1;
}

static int nested(void) {
  umask(0);
  if (mkdir("/out/one", 0777) != 0 || mkdir("/out/one/two", 0750) != 0 || mkdir("/out/empty", 0700) != 0) return 1;
  return make("/out/one/wide", 0777, "a") | make("/out/one/two/narrow", 0400, "b") |
         make("/out/one/two/plain", 0644, "c") | make("/out/with space", 0600, "d") |
         make("/out/\xc3\xa4\xe6\x97\xa5", 0600, "e");
}

static int many(int count) {
  for (int i = 0; i < count; ++i) {
    char path[64];
    snprintf(path, sizeof path, "/out/%04d", i);
    if (make(path, 0644, path) != 0) return 1;
  }
  return 0;
}

// Writes files of 64 KiB, no two of which are the same.
static int heavy(int count) {
  static char block[65536 + 1];
  for (int i = 0; i < count; ++i) {
    char path[64];
    snprintf(path, sizeof path, "/out/%04d", i);
    for (int k = 0; k < 65536; ++k) block[k] = (char)('a' + (i + k / 7) % 26);
    if (make(path, 0644, block) != 0) return 1;
  }
  return 0;
}

static int large(int mebibytes) {
  const int fd = open("/out/large", O_CREAT | O_WRONLY, 0644);
  unsigned* block = malloc(1 << 20);
  unsigned state = 1;
  for (int i = 0; i < mebibytes; ++i) {
    for (int k = 0; k < 1 << 18; ++k) block[k] = state = state * 1664525U + 1013904223U;
    if (write(fd, block, 1 << 20) != 1 << 20) return 1;
  }
  return 0;
}

/// Prints the names and bytes below /in, in the order of the names. For a link, prints the answer to opening the link.
static int list(const char* path) {
  struct dirent** entries;
  const int count = scandir(path, &entries, NULL, alphasort);
  if (count < 0) return perror(path), 1;
  for (int i = 0; i < count; ++i) {
    const char* name = entries[i]->d_name;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
    char below[4096];
    snprintf(below, sizeof below, "%s/%s", path, name);
    struct stat status;
    if (lstat(below, &status) != 0) return perror(below), 1;
    if (S_ISDIR(status.st_mode)) {
      if (list(below) != 0) return 1;
      continue;
    }
    const int fd = open(below, O_RDONLY);
    printf("%s %s %ld\n", below, fd < 0 ? strerrorname_np(errno) : "ok",
           S_ISREG(status.st_mode) ? (long)status.st_size : -1L);
    if (fd >= 0) close(fd);
  }
  return 0;
}

static int both(void) {
  printf("to stdout\n");
  fprintf(stderr, "to stderr\n");
  return 0;
}

static int fill(int mebibytes) {
  static char block[1 << 20];
  memset(block, 'x', sizeof block);
  for (int i = 0; i < mebibytes; ++i)
    if (fwrite(block, 1, sizeof block, stdout) != sizeof block) return 1;
  return 0;
}

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "";
  const int number = argc > 2 ? atoi(argv[2]) : 0;
  if (strcmp(what, "arguments") == 0) return show_arguments(argc, argv);
  if (strcmp(what, "environment") == 0) return show_environment();
  if (strcmp(what, "place") == 0) return show_place();
  if (strcmp(what, "input") == 0) return show_input();
  if (strcmp(what, "exit") == 0) return number;
  if (strcmp(what, "segfault") == 0) return *(volatile int*)8;
  if (strcmp(what, "trap") == 0) return trap();
  if (strcmp(what, "nested") == 0) return nested();
  if (strcmp(what, "many") == 0) return many(number);
  if (strcmp(what, "heavy") == 0) return heavy(number);
  if (strcmp(what, "large") == 0) return large(number);
  if (strcmp(what, "list") == 0) return list("/in");
  if (strcmp(what, "both") == 0) return both();
  if (strcmp(what, "fill") == 0) return fill(number);
  return 64;
}
