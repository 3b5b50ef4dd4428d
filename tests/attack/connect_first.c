/* connect_first DIR: connects to each socket DIR/immure-NAME/socket/socket as soon as the socket exists, before any
 * other process can, and then again and again. Prints `connected` when it has connected for the first time. Runs until
 * it is killed. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int count, char** words) {
  int held[512], next = 0, said = 0;
  if (count != 2 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return 64;
  for (int i = 0; i < 512; ++i) held[i] = -1;
  puts("ready");
  fflush(stdout);
  for (;;) {
    DIR* place = opendir(words[1]);
    if (place == NULL) return 1;
    for (struct dirent* entry; (entry = readdir(place)) != NULL;) {
      if (strncmp(entry->d_name, "immure-", 7) != 0) continue;
      struct sockaddr_un address = {.sun_family = AF_UNIX};
      if (snprintf(address.sun_path, sizeof address.sun_path, "%s/%s/socket/socket", words[1], entry->d_name) >=
          (int)sizeof address.sun_path)
        continue;
      int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      if (connect(sock, (struct sockaddr*)&address, sizeof address) != 0) {
        close(sock);
        continue;
      }
      if (!said) {
        puts("connected");
        fflush(stdout);
        said = 1;
      }
      if (held[next] >= 0) close(held[next]);
      held[next] = sock;
      next = (next + 1) % 512;
    }
    closedir(place);
  }
}
