// Plays a former owner of a file, who still has the file mapped, writable and shared. Writes through such a mapping
// change neither the size nor the times of the file while its page is dirty. Usage: held_map FILE FIRST SECOND. Makes
// FILE with the text FIRST and prints "ready". Each byte of standard input is a command: `d` makes the page dirty, `w`
// writes SECOND. Prints "done" after each command.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void say(const char* text) {
  puts(text);
  fflush(stdout);
}

int main(int count, char** words) {
  if (count != 4) return 64;
  const int file = open(words[1], O_RDWR | O_CREAT | O_EXCL, 0644);
  if (file < 0 || write(file, words[2], strlen(words[2])) < 0) return 1;
  char* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (page == MAP_FAILED) return 1;
  say("ready");
  for (char command; read(0, &command, 1) == 1;) {
    const char* text = words[command == 'w' ? 3 : 2];
    for (size_t i = 0; i < strlen(text); ++i) ((volatile char*)page)[i] = text[i];
    say("done");
  }
  return 0;
}
