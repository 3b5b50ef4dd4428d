// Abuses the observer of the cell: each mode tries to hold up or confuse the supervisor, which answers the
// notifications.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

static int open_to_write(const char* path) { return open(path, O_WRONLY | O_CREAT, 0600); }

// Children that make notified calls without end, and are killed while they wait for an answer.
static int die(void) {
  for (int i = 0; i < 300; ++i) {
    pid_t child = fork();
    if (child == 0) {
      for (;;) open_to_write("/tmp/x");
    }
    if (child < 0) return 1;
    for (volatile int spin = 0; spin < i * 300; ++spin) {
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
  }
  puts("survived");
  return 0;
}

static void* write_often(void* argument) {
  char path[64];
  for (int i = 0; i < 2000; ++i) {
    snprintf(path, sizeof path, "/tmp/%ld-%d", (long)argument, i);
    open_to_write(path);
  }
  return NULL;
}

static int flood(void) {
  pthread_t threads[8];
  for (long i = 0; i < 8; ++i)
    if (pthread_create(&threads[i], NULL, write_often, (void*)i) != 0) return 1;
  for (int i = 0; i < 8; ++i) pthread_join(threads[i], NULL);
  puts("flooded");
  return 0;
}

// Waits for a child by vfork, while the child waits for the observer.
static int by_vfork(void) {
  for (volatile int i = 0; i < 100; ++i) {
    pid_t child = vfork();
    if (child == 0) {
      int made = open_to_write("/out/by-vfork");
      _exit(made < 0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) return 1;
  }
  puts("vforked");
  return 0;
}

// Writes a path byte by byte; volatile keeps the compiler from leaving out a write.
static void put(volatile char* to, const char* path) {
  do *to++ = *path;
  while (*path++ != '\0');
}

// A path that a thread changes all the time.
struct changing {
  volatile char path[32];
  const char* const* names;  // three of them
};
static atomic_bool stop;
static void* change(void* argument) {
  struct changing* changing = argument;
  while (!atomic_load(&stop))
    for (int i = 0; i < 3; ++i) put(changing->path, changing->names[i]);
  return NULL;
}

static struct changing place = {"/out/x", (const char* const[]){"/tmp/x", "/out/x", "/in/aa"}};
static struct changing device = {"/dev/null", (const char* const[]){"/dev/null", "/dev/zero", "/in/a"}};

// Opens a path that changes between the observer's look and the kernel's look.
static int swap(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, change, &place) != 0) return 1;
  int made = 0;
  for (int i = 0; i < 3000; ++i) {
    int fd = open_to_write((const char*)place.path);
    if (fd >= 0) ++made, close(fd);
  }
  atomic_store(&stop, true);
  pthread_join(thread, NULL);
  // Each file that was opened must be in /out, the only place where the kernel lets this process write.
  printf("%s\n", made > 0 ? "swapped" : "never made");
  return 0;
}

// Looks for the listener, and tries to make a new listener.
static int listener(void) {
  int found = 0;
  for (int fd = 3; fd < 4096; ++fd)
    if (fcntl(fd, F_GETFD) >= 0) ++found;
  struct seccomp_notif received;
  for (int fd = 0; fd < 3; ++fd) {
    memset(&received, 0, sizeof received);
    if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &received) == 0) ++found;
  }
  struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog program = {1, &allow};
  long made = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  printf("found %d, made %ld\n", found, made);
  return 0;
}

// Stops and continues a process while the process waits for answers.
static int halt(void) {
  pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 500; ++i) open_to_write("/tmp/x");
    _exit(0);
  }
  int status = 0;
  for (;;) {
    kill(child, SIGSTOP);
    kill(child, SIGCONT);
    pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) break;
    if (ended < 0) return 1;
  }
  printf("halted %d\n", status);
  return 0;
}

// The program ends while its threads wait for answers.
static int leave(void) {
  pthread_t thread;
  for (long i = 0; i < 8; ++i)
    if (pthread_create(&thread, NULL, write_often, (void*)i) != 0) return 1;
  open_to_write("/tmp/x");
  puts("left");
  fflush(stdout);
  _exit(0);
}

// Passes paths that cannot be read: no memory, memory that ends, memory without an end of the text.
static int unreadable(void) {
  long pages = (long)malloc(1 << 16);
  memset((void*)pages, 'x', 1 << 16);
  open_to_write((const char*)pages);
  printf("long %s\n", strerrorname_np(errno));
  syscall(SYS_openat, AT_FDCWD, (void*)0, O_WRONLY);
  printf("null %s\n", strerrorname_np(errno));
  syscall(SYS_openat, AT_FDCWD, (void*)0xffffffffffffff00UL, O_WRONLY);
  printf("kernel %s\n", strerrorname_np(errno));
  syscall(SYS_openat, 99999, "relative", O_WRONLY);
  printf("no-directory %s\n", strerrorname_np(errno));
  return 0;
}

static void tell(const char* name, long result) { printf("%s %s\n", name, result < 0 ? strerrorname_np(errno) : "ok"); }

// Tries what a program can do with the null device, as standard input and as a descriptor from the observer.
static int null_device(void) {
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  struct stat input, out;
  if (null < 0 || fstat(null, &out) != 0 || fstat(0, &input) != 0) return 1;
  printf("devices %x %x\n", (unsigned)input.st_rdev, (unsigned)out.st_rdev);
  char byte = 'x';
  tell("write", write(null, &byte, 1));
  printf("read %ld\n", (long)read(null, &byte, 1));
  tell("times", futimens(null, NULL));
  tell("times-of-input", futimens(0, NULL));
  tell("mode", fchmod(null, 0600));
  tell("map", mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, null, 0) == MAP_FAILED ? -1 : 0);
  tell("new", open("/dev/null", O_WRONLY | O_CREAT | O_EXCL, 0600));
  tell("nameless", open("/dev/null", O_RDWR | O_TMPFILE, 0600));
  tell("zero", open("/dev/zero", O_RDWR));
  tell("memory", open("/dev/mem", O_RDWR));
  tell("input-for-writing", open("/dev/stdin", O_WRONLY));
  tell("fourth", open("/dev/fd/3", O_WRONLY));
  tell("long-way", open("/dev/../dev/./null", O_WRONLY));
  // The observer may give as many descriptors as the limit allows, and no more.
  int opened = 0;
  while (open("/dev/null", O_WRONLY) >= 0) ++opened;
  printf("%s\n", opened > 0 && opened < 100000 ? "bounded" : "not bounded");
  return 0;
}

// Opens a path that sometimes names the null device and sometimes another file: the program may get only the null
// device.
static int swap_device(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, change, &device) != 0) return 1;
  int got = 0, other = 0;
  for (int i = 0; i < 3000; ++i) {
    int fd = open((const char*)device.path, O_WRONLY);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) continue;
    ++got;
    if (!S_ISCHR(status.st_mode) || status.st_rdev != 0x103) ++other;
    close(fd);
  }
  atomic_store(&stop, true);
  pthread_join(thread, NULL);
  printf("%s %d\n", got > 0 ? "got" : "never got", other);
  return 0;
}

// Opens the program's own streams in a second thread, as Go programs do at random.
static void* write_in_thread(void* unused) {
  (void)unused;
  static const char* const kPaths[] = {"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"};
  for (size_t i = 0; i < sizeof kPaths / sizeof *kPaths; ++i) {
    int fd = open(kPaths[i], O_WRONLY);
    dprintf(fd, "%s\n", kPaths[i]);
    close(fd);
  }
  return NULL;
}

static int in_thread(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, write_in_thread, NULL) != 0) return 70;
  pthread_join(thread, NULL);
  puts("joined");
  return 0;
}

// Opens the null device for two seconds while somebody stops and continues the supervisor. An opening that succeeds
// must give a new descriptor.
static int opens(void) {
  struct timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  int wrong = 0;
  do {
    int fd = open("/dev/null", O_WRONLY);
    if (fd < 3) ++wrong;
    if (fd >= 3) close(fd);
    clock_gettime(CLOCK_MONOTONIC, &now);
  } while (now.tv_sec < start.tv_sec + 3);
  printf("wrong %d\n", wrong);
  return 0;
}

// Opens a device until no number is left for one more descriptor.
static int full(void) {
  int made = 0;
  while (open("/dev/null", O_WRONLY) >= 0) ++made;
  printf("%s after %d\n", strerrorname_np(errno), made);
  return 0;
}

int main(int argc, char** argv) {
  static const struct {
    const char* name;
    int (*run)(void);
  } modes[] = {{"die", die},
               {"flood", flood},
               {"vfork", by_vfork},
               {"swap", swap},
               {"halt", halt},
               {"listener", listener},
               {"unreadable", unreadable},
               {"leave", leave},
               {"null", null_device},
               {"swap-device", swap_device},
               {"thread", in_thread},
               {"opens", opens},
               {"full", full}};
  for (size_t i = 0; argc > 1 && i < sizeof modes / sizeof *modes; ++i)
    if (strcmp(argv[1], modes[i].name) == 0) return modes[i].run();
  return 64;
}
