#include "sys/memory.hpp"

#include <cstdint>

#include <sys/mman.h>

#include "sys/syscall.hpp"

namespace immure::sys {
namespace {

void populate(std::uint64_t begin, std::uint64_t size, int advice) {
  constexpr std::uint64_t kPage = 4096;
  const std::uint64_t first = begin & ~(kPage - 1);
  raw(__NR_madvise, first, begin + size - first, advice);
}

}  // namespace

void populate_for_reading(std::span<const std::byte> range) {
  populate(as_word(range.data()), range.size(), MADV_POPULATE_READ);
}

void populate_for_writing(std::span<std::byte> range) {
  populate(as_word(range.data()), range.size(), MADV_POPULATE_WRITE);
}

}  // namespace immure::sys
