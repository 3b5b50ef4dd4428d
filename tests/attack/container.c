/* container DIR: looks like a container beside the cell: a process that first makes a UTS namespace and then a mount
 * namespace, with a file system mounted at DIR. Prints its process number and its start time, and runs until it is
 * killed. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int count, char** words) {
  char text[1024] = "", *rest;
  FILE* stat = fopen("/proc/self/stat", "r");
  if (count != 2 || stat == NULL || fgets(text, sizeof text, stat) == NULL || (rest = strrchr(text, ')')) == NULL)
    return 64;
  for (int i = 0; i < 20 && rest != NULL; ++i) rest = strchr(rest + 1, ' ');
  if (rest == NULL || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || unshare(CLONE_NEWUTS) != 0 ||
      unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
      mount("x", words[1], "tmpfs", 0, NULL) != 0 || chdir(words[1]) != 0 || chroot(".") != 0)
    return 1;
  printf("%d %llu\n", getpid(), (unsigned long long)strtoull(rest, NULL, 10));
  fflush(stdout);
  for (;;) pause();
}
