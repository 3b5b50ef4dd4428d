// Tries what a program can do with temporary files, with files that it wrote, and with pairs of sockets. Prints a line
// for each attempt.
// usage: scratch [DIRECTORY FOR TEMPORARY FILES]
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char* scratch = "/tmp";

static void say(const char* what, int failed) { printf("%s %s\n", what, failed ? strerrorname_np(errno) : "ok"); }

static const char* in_scratch(const char* name) {
  static char path[2][256];
  static int which;
  which = !which;
  snprintf(path[which], sizeof path[which], "%s/%s", scratch, name);
  return path[which];
}

static int make(const char* path, const char* text) {
  const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return -1;
  const ssize_t size = (ssize_t)strlen(text);
  const int done = write(file, text, (size_t)size) == size ? 0 : -1;
  close(file);
  return done;
}

static int reads(const char* path, const char* text) {
  char read_back[64] = {0};
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  const ssize_t size = read(file, read_back, sizeof read_back - 1);
  close(file);
  errno = EBADMSG;
  return size >= 0 && strcmp(read_back, text) == 0 ? 0 : -1;
}

static void count(const char* what, const char* path) {
  DIR* directory = opendir(path);
  if (directory == NULL) return say(what, 1);
  int entries = 0;
  for (struct dirent* entry; (entry = readdir(directory)) != NULL;)
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) ++entries;
  closedir(directory);
  printf("%s %d\n", what, entries);
}

static void temporary_files(void) {
  count("list-scratch", scratch);
  say("write-scratch", make(in_scratch("a"), "lamp") != 0);
  say("read-scratch", reads(in_scratch("a"), "lamp") != 0);
  const int unnamed = open(scratch, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
  say("unnamed-scratch", unnamed < 0);
  say("chmod-executable", chmod(in_scratch("a"), 0700) != 0);
  say("set-uid", chmod(in_scratch("a"), 04700) != 0);
  const int file = open(in_scratch("a"), O_RDONLY | O_CLOEXEC);
  say("map-executable", mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0) == MAP_FAILED);
  say("fifo", mkfifo(in_scratch("f"), 0600) != 0);
  say("symlink", symlink("/in", in_scratch("l")) != 0);
  say("write-output", make("/out/secret", "mine") != 0);
  say("move-in", rename("/out/secret", in_scratch("s")) != 0);
  say("exchange-in", renameat2(AT_FDCWD, "/out/secret", AT_FDCWD, in_scratch("a"), RENAME_EXCHANGE) != 0);
  say("link-in", link("/out/secret", in_scratch("s")) != 0);
  say("move-out", rename(in_scratch("a"), "/out/moved") != 0);
  say("read-moved", reads("/out/moved", "lamp") != 0);
  // The Landlock rule belongs to the directory itself, not to its name.
  say("rename-scratch", rename("/out/.immure-scratch", "/out/elsewhere") != 0);
  say("write-renamed", make("/out/elsewhere/b", "lamp") != 0);
  say("read-renamed", reads("/out/elsewhere/b", "lamp") != 0);
  say("false-scratch", mkdir("/out/.immure-scratch", 0700) != 0);
  say("write-false", make("/out/.immure-scratch/c", "lamp") != 0);
  say("read-false", reads("/out/.immure-scratch/c", "lamp") != 0);
}

static void output(void) {
  say("read-output", reads("/out/secret", "mine") != 0);
  count("list-output", "/out");
}

static void sockets(void) {
  int ends[2];
  const int made = socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends);
  say("pair", made != 0);
  if (made == 0) {
    char byte = 0;
    say("send", send(ends[0], "s", 1, 0) != 1);
    say("receive", recv(ends[1], &byte, 1, 0) != 1 || byte != 's');
    struct iovec part = {"m", 1};
    const struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    say("send-message", sendmsg(ends[0], &message, 0) != 1);
  }
  const int datagrams = socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
  say("datagrams", datagrams != 0);
  // A server of the host could listen there.
  struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "/in/socket"};
  say("send-to-host", sendto(ends[0], "x", 1, 0, (struct sockaddr*)&name, sizeof name) != 1);
  say("connect-to-host", connect(ends[0], (struct sockaddr*)&name, sizeof name) != 0);
  say("other-pair", socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0);
  say("socket", socket(AF_UNIX, SOCK_STREAM, 0) < 0);
}

int main(int argc, char** argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (argc > 1) scratch = argv[1];
  temporary_files();
  output();
  sockets();
  return 0;
}
