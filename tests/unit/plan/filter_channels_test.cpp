// Calls that can reach another process without a file or a socket: futexes in shared pages, and advice about memory.
#include <gtest/gtest.h>

#include <asm/unistd.h>
#include <cerrno>
#include <cstdint>
#include <string>

#include "filter_answers.hpp"

namespace immure::plan {
namespace {

using namespace sweep;

constexpr std::uint64_t kPrivateFutex = 128, kRealTime = 256;
constexpr std::uint64_t kWait = 0, kWake = 1, kRequeue = 3, kCompareRequeue = 4, kWakeOperation = 5, kWaitBits = 9,
                        kWakeBits = 10;

TEST(FilterChannels, FutexesOfTheProcessItselfWork) {
  for (const std::string& profile : kProfiles) {
    const auto filter = filter_of(profile).instructions;
    for (const std::uint64_t operation :
         {kWait, kWake, kRequeue, kCompareRequeue, kWakeOperation, kWaitBits, kWakeBits})
      for (const std::uint64_t clock : {std::uint64_t{0}, kRealTime})
        EXPECT_EQ(answer(filter, __NR_futex, {0, operation | kPrivateFutex | clock}), kRetAllow)
            << profile << " " << operation;
  }
}

TEST(FilterChannels, NobodyIsWokenOrMovedThroughAFileTheyShare) {
  for (const std::string& profile : kProfiles) {
    const auto filter = filter_of(profile).instructions;
    for (const std::uint64_t operation : {kWake, kRequeue, kCompareRequeue, kWakeOperation, kWakeBits})
      for (const std::uint64_t beside : {std::uint64_t{0}, kRealTime, std::uint64_t{1} << 32U, kPrivateFutex << 32U})
        EXPECT_EQ(answer(filter, __NR_futex, {0, operation | beside}), kEperm) << profile << " " << operation;
    // These operations have priority inheritance. The filter denies them, shared or not.
    for (const std::uint64_t operation : {6, 7, 8, 11, 12, 13})
      for (const std::uint64_t beside : {std::uint64_t{0}, kPrivateFutex, kRealTime, kPrivateFutex | kRealTime})
        EXPECT_EQ(answer(filter, __NR_futex, {0, operation | beside}), kEperm) << profile << " " << operation;
  }
}

// Only the end of a thread wakes a process that waits on a shared futex: no other process can wake this process.
TEST(FilterChannels, SharedFutexesWaitForTheEndOfAThreadAlone) {
  constexpr std::uint64_t kWaiterBit = 0x80000000;
  constexpr std::uint32_t kEagain = kRetErrno | EAGAIN;
  for (const std::string& profile : kProfiles) {
    const auto filter = filter_of(profile).instructions;
    for (const std::uint64_t clock : {std::uint64_t{0}, kRealTime}) {
      EXPECT_EQ(answer(filter, __NR_futex, {0, kWaitBits | clock, 4711}), kRetAllow) << profile;
      EXPECT_EQ(answer(filter, __NR_futex, {0, kWaitBits | clock, 0}), kEnosys) << profile;
      EXPECT_EQ(answer(filter, __NR_futex, {0, kWaitBits | clock, kWaiterBit}), kEnosys) << profile;
      EXPECT_EQ(answer(filter, __NR_futex, {0, kWait | clock, 4711}), kEagain) << profile;
    }
  }
}

TEST(FilterChannels, AdviceIsAboutTheProgramsOwnMemory) {
  for (const std::string& profile : kProfiles) {
    const auto filter = filter_of(profile).instructions;
    for (const std::uint64_t advice : {0, 1, 2, 3, 4, 8, 10, 11, 14, 15, 16, 17, 18, 19, 22, 23}) {
      EXPECT_EQ(answer(filter, __NR_madvise, {0, 0, advice}), kRetAllow) << profile << " " << advice;
      EXPECT_EQ(answer(filter, __NR_madvise, {0, 0, advice | 64}), kEperm) << profile << " " << advice;
    }
    for (const std::uint64_t advice : {5, 6, 7, 9, 12, 13, 20, 21, 24, 25, 26, 100, 101, 102})
      EXPECT_EQ(answer(filter, __NR_madvise, {0, 0, advice}), kEperm) << profile << " " << advice;
  }
}

}  // namespace
}  // namespace immure::plan
