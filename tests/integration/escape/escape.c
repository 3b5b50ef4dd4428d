// A payload that tries to get out of its cell, or to take more than its share.
// usage: escape calls static|dynamic | exec ITS-PATH | fork-bomb | memory-bomb | memory-bombs | output-bomb |
//        file-bomb | descriptors | crash | spin
#include "try.h"

#include <sys/mman.h>

static int fork_bomb(void) {
  int children = 0;
  errno = 0;
  for (; children < 10000; ++children) {
    const long pid = new_child(0);
    if (pid < 0) break;
    if (pid == 0) {
      const struct timespec forever = {.tv_sec = 1000, .tv_nsec = 0};
      nanosleep(&forever, NULL);
      _exit(0);
    }
  }
  report("bomb/processes", -1, errno);
  tell("bomb/children", children, "ok");
  return 0;
}

static int memory_bomb(void) {
  long mib = 0;
  errno = 0;
  for (; mib < 1 << 20; ++mib) {
    char* page = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) break;
    for (long i = 0; i < 1 << 20; i += 4096) page[i] = 1;
  }
  report("bomb/memory", -1, errno);
  tell("bomb/mebibytes", mib, "ok");
  return 0;
}

/// Each child stays below the limit of one process; all children together take far more than the limit of the cell.
static int memory_bombs(void) {
  enum { kChildren = 12, kMebibytes = 40 };
  for (int i = 0; i < kChildren; ++i) {
    if (new_child(0) != 0) continue;
    char* pages = mmap(NULL, kMebibytes << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) _exit(1);
    for (long k = 0; k < kMebibytes << 20; k += 4096) pages[k] = 1;
    const struct timespec forever = {.tv_sec = 1000, .tv_nsec = 0};
    nanosleep(&forever, NULL);
    _exit(0);
  }
  // The children die one by one. Within ten seconds the memory of the remaining children must fit into the limit.
  const struct timespec pause = {.tv_sec = 0, .tv_nsec = 100000000};
  int living = kChildren;
  for (int i = 0; i < 100 && living * kMebibytes > 100; ++i) {
    nanosleep(&pause, NULL);
    while (syscall(SYS_wait4, -1, NULL, WNOHANG, NULL) > 0) --living;
  }
  tell("bomb/living", living, "ok");
  return 0;
}

static int output_bomb(void) {
  static char block[65536];
  signal(SIGXFSZ, SIG_IGN);
  long total = 0;
  errno = 0;
  for (int i = 0; i < 64; ++i) {
    char name[32];
    snprintf(name, sizeof name, "/out/%d", i);
    const int fd = openat(AT_FDCWD, name, O_CREAT | O_WRONLY, 0600);
    if (fd < 0) break;
    // Write half of the quota to each file, so that the limit of the total takes effect.
    long count = 0;
    for (int k = 0; k < 8 && (count = write(fd, block, sizeof block)) > 0; ++k) total += count;
    close(fd);
    if (count < 0) break;
  }
  report("bomb/output", -1, errno);
  tell("bomb/bytes", total, "ok");
  const int fd = openat(AT_FDCWD, "/out/0", O_WRONLY);
  TRY("bomb/one-file", pwrite(fd, "x", 1, 1L << 30));
  return 0;
}

static int file_bomb(void) {
  int files = 0;
  errno = 0;
  for (; files < 100000; ++files) {
    char name[32];
    snprintf(name, sizeof name, "/out/%d", files);
    const int fd = openat(AT_FDCWD, name, O_CREAT | O_WRONLY, 0600);
    if (fd < 0) break;
    close(fd);
  }
  report("bomb/files", -1, errno);
  tell("bomb/made", files, "ok");
  return 0;
}

static int descriptors(void) {
  int count = 0;
  errno = 0;
  while (count < 100000 && dup(0) >= 0) ++count;
  report("bomb/descriptors", -1, errno);
  tell("bomb/duplicates", count, "ok");
  return 0;
}

static int crash(void) {
  const long pid = new_child(0);
  if (pid == 0) {
    *(volatile int*)8 = 1;
    _exit(0);
  }
  const int status = await_child(pid);
  tell_death("crash/child", status);
  effect("crash/core", WCOREDUMP(status));
  *(volatile int*)8 = 1;
  return 0;
}

static int all_calls(const char* profile) {
  (void)profile;  // the profiles of programs answer the same
  try_files();
  try_output();
  try_kernel();
  try_process();
  try_foreign();
  try_every_number();
  tell("end", 0, "ok");
  return 0;
}

static int spin(void) {
  for (volatile int going = 1; going;) {
  }
  return 0;
}

int main(int argc, char** argv) {
  static const struct {
    const char* name;
    int (*go)(void);
  } kModes[] = {
      {"fork-bomb", fork_bomb},
      {"memory-bomb", memory_bomb},
      {"memory-bombs", memory_bombs},
      {"output-bomb", output_bomb},
      {"file-bomb", file_bomb},
      {"descriptors", descriptors},
      {"crash", crash},
      {"spin", spin},
  };
  if (argc == 3 && strcmp(argv[1], "calls") == 0) return all_calls(argv[2]);
  if (argc == 3 && strcmp(argv[1], "exec") == 0) {
    try_exec(argv[2]);
    tell("end", 0, "ok");
    return 0;
  }
  for (size_t i = 0; argc == 2 && i < COUNT(kModes); ++i)
    if (strcmp(argv[1], kModes[i].name) == 0) return kModes[i].go();
  // An attempt of a second exec has started this program again. The test must never see this text.
  if (write(1, "STARTED AGAIN\n", 14) != 14) return 65;
  return 64;
}
