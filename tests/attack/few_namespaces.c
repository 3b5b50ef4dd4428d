/* few_namespaces USER KIND MOST COMMAND...: runs the command as USER in a new user namespace, in which the command can
 * make at most MOST namespaces of KIND (user, mnt, pid, net, ipc, uts, cgroup). The limit belongs to the new user
 * namespace (namespaces(7)), so nothing changes outside. Needs root, because only root may map several users. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static int write_to(const char* path, const char* text) {
  const int file = open(path, O_WRONLY);
  const int done = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
  if (file >= 0) close(file);
  return done ? 0 : -1;
}

int main(int count, char** words) {
  if (count < 5) return 64;
  char path[128], byte = 'x';
  const uid_t user = (uid_t)atoi(words[1]);
  int made[2], mapped[2];
  if (pipe(made) != 0 || pipe(mapped) != 0) return 70;
  const pid_t child = fork();
  if (child == 0) {
    close(mapped[1]);
    if (unshare(CLONE_NEWUSER) != 0 || write(made[1], &byte, 1) != 1 || read(mapped[0], &byte, 1) != 1) return 71;
    snprintf(path, sizeof path, "/proc/sys/user/max_%s_namespaces", words[2]);
    close(made[0]);
    close(made[1]);
    close(mapped[0]);
    if (write_to(path, words[3]) != 0 || setresgid(user, user, user) != 0 || setresuid(user, user, user) != 0)
      return 72;
    execvp(words[4], words + 4);
    return 127;
  }
  close(made[1]);
  if (read(made[0], &byte, 1) != 1) return 77;
  for (int i = 0; i < 2; ++i) {
    snprintf(path, sizeof path, "/proc/%d/%s", child, i == 0 ? "uid_map" : "gid_map");
    if (write_to(path, "0 0 65536") != 0) return 77;
  }
  int status = 0;
  if (write(mapped[1], &byte, 1) != 1 || waitpid(child, &status, 0) != child) return 70;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
