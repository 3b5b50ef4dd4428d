// Tries to execute what a plan with helpers does not name, by every way, and prints a line for each: WHAT ANSWER. The
// answer is an errno's name, `ok` if the program was executed, or `exit N` if it ended with N.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char* prefix = "";

static void say(const char* what, int error, int status) {
  if (error != 0)
    printf("%s%s %s\n", prefix, what, strerrorname_np(error));
  else if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
    printf("%s%s ok\n", prefix, what);
  else
    printf("%s%s exit %d\n", prefix, what, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  fflush(stdout);
}

// Runs the call in a child. The kernel closes the pipe at a successful exec; else the child writes the errno.
static void try_exec(const char* what, long (*call)(void*), void* argument) {
  int ends[2], error = 0, status = 0;
  if (pipe2(ends, O_CLOEXEC) != 0) exit(70);
  const pid_t child = fork();
  if (child == 0) {
    const int null = open("/dev/null", O_WRONLY);
    if (getenv("LOUD") == NULL && null >= 0) dup2(null, 2);
    call(argument);
    error = errno;
    if (write(ends[1], &error, sizeof error) != sizeof error) _exit(71);
    _exit(0);
  }
  close(ends[1]);
  if (read(ends[0], &error, sizeof error) != sizeof error) error = 0;
  close(ends[0]);
  waitpid(child, &status, 0);
  say(what, error, status);
}

struct Path {
  const char *path, *argument, *second;
};
static char* no_environment[] = {NULL};

static long by_path(void* argument) {
  const struct Path* path = argument;
  char* words[] = {(char*)path->path, (char*)path->argument, (char*)path->second, NULL};
  return syscall(SYS_execve, path->path, words, no_environment);
}

static void try_path(const char* what, const char* path, const char* argument) {
  struct Path words = {path, argument, NULL};
  try_exec(what, by_path, &words);
}

static long by_descriptor(void* argument) {
  const int file = open(argument, O_RDONLY);
  char* words[] = {argument, NULL};
  return syscall(SYS_execveat, file, "", words, no_environment, AT_EMPTY_PATH);
}

static long at_directory(void* argument) {
  char* words[] = {argument, NULL};
  return syscall(SYS_execveat, AT_FDCWD, argument, words, no_environment, 0);
}

static long by_memory_file(void* argument) {
  (void)argument;
  const int file = (int)syscall(SYS_memfd_create, "m", 0);
  if (file < 0) return -1;
  char* words[] = {"m", NULL};
  return syscall(SYS_execveat, file, "", words, no_environment, AT_EMPTY_PATH);
}

static void copy(const char* from, const char* to) {
  static char buffer[1 << 16];
  const int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0755);
  ssize_t count;
  while ((count = read(in, buffer, sizeof buffer)) > 0)
    if (write(out, buffer, (size_t)count) != count) break;
  close(in);
  close(out);
}

static void put(const char* path, const char* text) {
  const int out = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
  if (write(out, text, strlen(text)) < 0) perror(path);
  close(out);
}

static void try_change(const char* what, int result) { say(what, result < 0 ? errno : 0, 0); }

// argv: DECLARED UNDECLARED LOADER HELPER
static void attack(char** argv) {
  const char *declared = argv[0], *undeclared = argv[1], *loader = argv[2];
  try_path("declared", declared, "--version");
  try_path("itself", "/proc/self/exe", "nothing");
  try_path("undeclared", undeclared, "--version");
  try_path("input", "/in/tool", NULL);
  copy(declared, "/out/tool");
  try_path("output", "/out/tool", "--version");
  put("/out/script", "#!/bin/sh\nexit 0\n");
  try_path("output-script", "/out/script", NULL);
  copy(declared, "/tmp/tool");
  try_path("scratch", "/tmp/tool", "--version");
  int kept = open(undeclared, O_RDONLY);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", kept);
  try_path("descriptor-path", path, NULL);
  snprintf(path, sizeof path, "/dev/fd/%d", kept);
  try_path("device-path", path, NULL);
  try_exec("descriptor", by_descriptor, (void*)declared);
  try_exec("at", at_directory, (void*)declared);
  try_exec("memory-file", by_memory_file, NULL);
  struct Path with_loader = {loader, "/in/tool", NULL};
  try_exec("loader-input", by_path, &with_loader);
  with_loader.argument = "/out/tool";
  try_exec("loader-output", by_path, &with_loader);
  with_loader.argument = "/tmp/tool";
  try_exec("loader-scratch", by_path, &with_loader);
  // The loader is a program of the image, and maps any other file of the image (docs/threat-model.md).
  with_loader.argument = undeclared;
  with_loader.second = "--version";
  try_exec("loader-image", by_path, &with_loader);
  try_change("replace", rename("/out/tool", declared));
  try_change("exchange", (int)syscall(SYS_renameat2, AT_FDCWD, "/out/tool", AT_FDCWD, declared, 2));
  try_change("write", open(declared, O_WRONLY));
  try_change("chmod", chmod(undeclared, 0755));
  try_change("remove", unlink(declared));
  try_change("symlink", symlink(undeclared, "/out/link"));
  try_change("hard-link", link(undeclared, "/out/hard"));
  close(kept);
}

int main(int argc, char** argv) {
  // Its own name for the calls of a helper: /proc/self/exe executes the program once more, which then does nothing.
  if (argc < 5) return 0;
  if (argc > 5) {
    prefix = "helper/";
    attack(argv + 1);
    return 0;
  }
  attack(argv + 1);
  char* words[] = {argv[4], argv[1], argv[2], argv[3], argv[4], "again", NULL};
  fflush(stdout);
  execve(argv[4], words, no_environment);
  printf("helper %s\n", strerrorname_np(errno));
  return 1;
}
