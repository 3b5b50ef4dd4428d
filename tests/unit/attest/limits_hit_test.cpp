/// Finds which limits a run met, from what the kernel has counted.
#include "attest/limits_hit.hpp"

#include <csignal>

#include <gtest/gtest.h>

namespace immure::attest {
namespace {

using Names = std::vector<std::string>;

Ending killed_by(int signal, long seconds) {
  Ending ending{.status = signal};
  ending.usage.ru_utime.tv_sec = seconds;
  return ending;
}

plan::Limits limits() {
  plan::Limits limits;
  limits.cpu_s = 10;
  return limits;
}

TEST(LimitsHit, ASignalThatThePayloadSendsToItselfIsNoLimit) {
  EXPECT_EQ(limits_hit(killed_by(SIGXCPU, 1), limits()), Names{});
  EXPECT_EQ(limits_hit(killed_by(SIGXFSZ, 1), limits()), Names{});
  EXPECT_EQ(limits_hit(killed_by(SIGKILL, 1), limits()), Names{});
}

TEST(LimitsHit, CpuIsWhatWasUsed) {
  EXPECT_EQ(limits_hit(killed_by(SIGXCPU, 10), limits()), Names{"cpu"});
  EXPECT_EQ(limits_hit(killed_by(SIGKILL, 11), limits()), Names{"cpu"});
  EXPECT_EQ(limits_hit(killed_by(0, 10), limits()), Names{});
  Ending ended_for_memory = killed_by(SIGKILL, 11);
  ended_for_memory.counted = {.memory_ran_out = true, .processes_refused = false, .peak_bytes = {}};
  EXPECT_EQ(limits_hit(ended_for_memory, limits()), Names{"memory"});
}

TEST(LimitsHit, WithoutAControlGroupMemoryThatWasNearlyUsedUpIsALimit) {
  plan::Limits small = limits();
  small.memory_bytes = 64 << 20;
  Ending ending;
  ending.usage.ru_maxrss = 62 << 10;
  EXPECT_EQ(limits_hit(ending, small), Names{});
  ending.usage.ru_maxrss = 63 << 10;
  EXPECT_EQ(limits_hit(ending, small), Names{"memory"});
  ending.counted = CgroupCounts{};
  EXPECT_EQ(limits_hit(ending, small), Names{});
}

TEST(LargestResidentSet, IsNotWhatTheLauncherHad) {
  rusage usage{};
  usage.ru_maxrss = 1400;
  EXPECT_EQ(own_maximum(usage, 1332), 0U);
  EXPECT_EQ(own_maximum(usage, 600), 1400U);
}

TEST(LimitsHit, AreSorted) {
  Ending ending = killed_by(SIGKILL, 1);
  ending.time_was_up = ending.memory_was_over = ending.output_full = ending.no_files_left = true;
  ending.counted = {.memory_ran_out = true, .processes_refused = true, .peak_bytes = {}};
  EXPECT_EQ(limits_hit(ending, limits()), (Names{"memory", "output-bytes", "output-files", "processes", "wall-clock"}));
}

}  // namespace
}  // namespace immure::attest
