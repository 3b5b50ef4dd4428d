// Writes to a file that no process has open: the page of the file stays in a buffer registered with io_uring after the
// mapping and the descriptor are gone. Such a write changes neither size nor times, and breaks no lease.
// Usage: pin FILE FIRST SECOND: makes FILE with the text FIRST, says `ready`, writes SECOND once a process has read the
// file, and says `written`.
// Exit status 77: the kernel registers no such buffer.
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct Ring {
  int descriptor;
  struct io_uring_params parameters;
  char* queue;
  struct io_uring_sqe* entries;
};

static int open_ring(struct Ring* ring) {
  ring->descriptor = (int)syscall(__NR_io_uring_setup, 4, &ring->parameters);
  if (ring->descriptor < 0) return -1;
  const size_t size = ring->parameters.sq_off.array + ring->parameters.sq_entries * sizeof(uint32_t);
  const int both = PROT_READ | PROT_WRITE;
  ring->queue = mmap(NULL, size, both, MAP_SHARED, ring->descriptor, IORING_OFF_SQ_RING);
  ring->entries = mmap(NULL, ring->parameters.sq_entries * sizeof(struct io_uring_sqe), both, MAP_SHARED,
                       ring->descriptor, IORING_OFF_SQES);
  return ring->queue == MAP_FAILED || ring->entries == MAP_FAILED ? -1 : 0;
}

// Reads from a descriptor into the registered buffer, wherever the pages of the buffer are mapped now.
static void read_into_buffer(struct Ring* ring, int from, void* address, unsigned length) {
  uint32_t* const tail = (uint32_t*)(ring->queue + ring->parameters.sq_off.tail);
  const uint32_t mask = *(uint32_t*)(ring->queue + ring->parameters.sq_off.ring_mask);
  const uint32_t place = *tail & mask;
  ring->entries[place] = (struct io_uring_sqe){.opcode = IORING_OP_READ_FIXED,
                                               .fd = from,
                                               .off = (uint64_t)-1,
                                               .addr = (uint64_t)(uintptr_t)address,
                                               .len = length};
  ((uint32_t*)(ring->queue + ring->parameters.sq_off.array))[place] = place;
  __atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
  syscall(__NR_io_uring_enter, ring->descriptor, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
}

int main(int count, char** arguments) {
  if (count != 4) return 64;
  const size_t length = strlen(arguments[2]);
  struct Ring ring = {0};
  const int file = open(arguments[1], O_RDWR | O_CREAT | O_EXCL, 0644);
  if (file < 0 || write(file, arguments[2], length) != (ssize_t)length) return 1;
  char* const page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (page == MAP_FAILED) return 1;
  page[0] = arguments[2][0];
  const struct iovec buffer = {page, 4096};
  if (open_ring(&ring) != 0 ||
      syscall(__NR_io_uring_register, ring.descriptor, IORING_REGISTER_BUFFERS, &buffer, 1) != 0)
    return 77;
  munmap(page, 4096);
  close(file);

  const int watch = inotify_init();
  if (inotify_add_watch(watch, arguments[1], IN_ACCESS) < 0) return 1;
  puts("ready");
  fflush(stdout);
  char event[4096];
  int pipes[2];
  if (read(watch, event, sizeof event) <= 0 || pipe(pipes) != 0) return 1;
  usleep(50000);
  if (write(pipes[1], arguments[3], length) != (ssize_t)length) return 1;
  read_into_buffer(&ring, pipes[0], page, (unsigned)length);
  puts("written");
  fflush(stdout);
  pause();
  return 0;
}
