#include "cli/run/prefault.hpp"

#include <malloc.h>

#include <cstdint>
#include <cstdlib>

#include "sys/memory.hpp"

// Symbols of the linker: where the program begins and ends in memory (end(3), and GNU ld's __executable_start).
extern "C" const std::byte __executable_start, etext;
extern "C" std::byte edata, end;

namespace immure::cli {
namespace {

/// As much heap as a signed run needs, but not more than the allocator gives back in one piece.
constexpr std::size_t kHeapBytes = 448U << 10;
constexpr int kLargeBlock = 4 << 20;

void prefault_heap() {
  // Let large blocks come from the heap too, and keep freed memory.
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
