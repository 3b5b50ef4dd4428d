#include "cli/run/prefault.hpp"

#include <malloc.h>

#include <cstdint>
#include <cstdlib>

#include "sys/memory.hpp"

// Where the linker put things (end(3), and GNU ld's __executable_start).
extern "C" const std::byte __executable_start, etext;
extern "C" std::byte edata, end;

namespace immure::cli {
namespace {

/// What a signed run takes, and no more than is freed in one piece again.
constexpr std::size_t kHeapBytes = 448U << 10;
constexpr int kLargeBlock = 4 << 20;

void prefault_heap() {
  // Large blocks come from the heap as well, and what is freed stays.
  ::mallopt(M_MMAP_THRESHOLD, kLargeBlock);
  ::mallopt(M_TRIM_THRESHOLD, kLargeBlock);
  void* const block = std::malloc(kHeapBytes);
  if (block == nullptr) return;
  sys::populate_for_writing({static_cast<std::byte*>(block), kHeapBytes});
  std::free(block);
}

}  // namespace

void prefault() {
  sys::populate_for_reading({&__executable_start, &etext});
  sys::populate_for_writing({&edata, &end});
  prefault_heap();
}

}  // namespace immure::cli
