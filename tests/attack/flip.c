// Changes a file between two readers without any trace in the file's times. The program writes through a writable
// mapping whose page is dirty before the first reader opens the file. Each time a reader closes the file, the program
// writes the other text.
// Usage: flip FILE TEXT OTHER_TEXT. Both texts have the same length. Prints `ready`, and runs until it is killed.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int count, char** words) {
  if (count != 4 || strlen(words[2]) != strlen(words[3])) return 64;
  const size_t size = strlen(words[2]);
  const int file = open(words[1], O_RDWR | O_CREAT, 0644);
  if (file < 0 || ftruncate(file, (off_t)size) != 0) return 70;
  char* bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (bytes == MAP_FAILED) return 70;
  memcpy(bytes, words[2], size);
  close(file);
  const int events = inotify_init1(IN_CLOEXEC);
  if (events < 0 || inotify_add_watch(events, words[1], IN_CLOSE_NOWRITE) < 0) return 70;
  puts("ready");
  fflush(stdout);
  for (int turn = 1;; turn = !turn) {
    char event[4096];
    if (read(events, event, sizeof event) <= 0) return 70;
    memcpy(bytes, words[turn ? 3 : 2], size);
  }
}
