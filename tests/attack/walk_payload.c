// The program that the race walk and the resource walk run in the cell. The program prints the bytes that it sees, and
// copies the bytes to /out.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// The race walk replaces the name in the brackets to make other programs from this one, so the name must not be a
// constant.
char identity[] = "IDENTITY[GOOD        ]";

static const char* const inputs[] = {"/in/file", "/in/sub/other", "/app/tree/data", "/data/note"};

// The first line of a file; `-` if the file cannot be read.
static const char* content(const char* path, char* buffer, size_t size) {
  const int fd = open(path, O_RDONLY | O_NONBLOCK);
  const ssize_t count = fd < 0 ? -1 : read(fd, buffer, size - 1);
  if (fd >= 0) close(fd);
  if (count < 0) return "-";
  buffer[count] = 0;
  buffer[strcspn(buffer, "\n")] = 0;
  return buffer;
}

static int copy(const char* from, const char* to) {
  char buffer[256];
  const char* text = content(from, buffer, sizeof buffer);
  const int fd = open(to, O_WRONLY | O_CREAT | O_EXCL, 0666);
  if (fd < 0) return 1;
  const size_t size = strlen(text);
  const int failed = write(fd, text, size) != (ssize_t)size;
  return close(fd) != 0 || failed;
}

int main(int count, char** words) {
  char buffer[256];
  char name[sizeof identity];
  strcpy(name, strchr(identity, '[') + 1);
  name[strcspn(name, " ]")] = 0;
  printf("program %s\n", name);
  for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
    printf("%s %s\n", inputs[i], content(inputs[i], buffer, sizeof buffer));
  fflush(stdout);
  // `hold` waits until the test ends this program.
  if (count > 1 && strcmp(words[1], "hold") == 0) {
    for (;;) sleep(1);
  }
  int failed = copy("/in/file", "/out/harvested");
  failed |= mkdir("/out/below", 0777) != 0 || mkdir("/out/below/deeper", 0777) != 0;
  failed |= copy("/in/sub/other", "/out/below/deeper/harvested-too");
  return failed;
}
