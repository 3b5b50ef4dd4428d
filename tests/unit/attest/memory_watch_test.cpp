/// The memory that the supervisor adds up if there is no control group.
#include "attest/memory_watch.hpp"

#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "sys/fd.hpp"

namespace immure::attest {
namespace {

TEST(MemoryWatch, AddsWhatAProcessHasOfItsOwn) {
  EXPECT_EQ(
      own_bytes("Name:\tx\nVmPTE:\t      44 kB\nVmSwap:\t       5 kB\nRssAnon:\t     100 kB\nRssFile:\t 9000 kB\n"),
      149U << 10);
  EXPECT_EQ(own_bytes("Name:\tzombie\nState:\tZ (zombie)\n"), 0U);
}

TEST(MemoryWatch, DividesPagesThatProcessesShare) {
  EXPECT_EQ(
      proportional_bytes("1000-2000 ---p 0 0:0 0 [rollup]\nRss: 80 kB\nPss:  70 kB\nPss_Anon:   40 kB\nPss_File: 30 "
                         "kB\nSwap: 8 kB\nSwapPss:   2 kB\n"),
      42U << 10);
  EXPECT_EQ(proportional_bytes("Rss: 80 kB\nPss: 70 kB\n"), std::nullopt);
}

TEST(MemoryWatch, SeesWhenTheLimitIsPassed) {
  const sys::Fd here(::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  constexpr std::size_t kBytes = 64 << 20;
  auto under = MemoryWatch::start(::getpid(), 64ULL << 30, here.get());
  ASSERT_TRUE(under);
  EXPECT_FALSE(under->is_over());
  EXPECT_GT(under->due_ms(), 0);
  void* memory = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  std::memset(memory, 1, kBytes);
  auto over = MemoryWatch::start(::getpid(), kBytes, here.get());
  ASSERT_TRUE(over);
  EXPECT_TRUE(over->is_over());
  ::munmap(memory, kBytes);
}

}  // namespace
}  // namespace immure::attest
