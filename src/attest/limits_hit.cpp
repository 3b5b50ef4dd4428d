#include "attest/limits_hit.hpp"

#include <algorithm>
#include <csignal>

#include <sys/vfs.h>
#include <sys/wait.h>

#include "file/tree.hpp"

namespace immure::attest {
namespace {

// For RLIMIT_CPU the kernel counts the clock ticks during which a process was running; rusage has the exact time
// (cputime.c). On a busy machine a process that ran for a part of a tick is charged the whole tick.
constexpr std::uint64_t kMicroseconds = 1'000'000, kTolerance = 2;

bool has_used(const rusage& usage, std::uint64_t seconds) {
  const std::uint64_t wanted = seconds * kMicroseconds;
  return microseconds(usage.ru_utime) + microseconds(usage.ru_stime) >= wanted - wanted / kTolerance;
}

// The kernel sends SIGXCPU at the limit, and SIGKILL a second later if the process ignores SIGXCPU.
bool is_out_of_cpu(const Ending& ending, std::uint64_t cpu_s) {
  if (!WIFSIGNALED(ending.status) || ending.time_was_up || ending.memory_was_over) return false;
  if (WTERMSIG(ending.status) == SIGXCPU) return has_used(ending.usage, cpu_s);
  const bool killed_by_group = ending.counted && ending.counted->memory_ran_out;
  return WTERMSIG(ending.status) == SIGKILL && !killed_by_group && has_used(ending.usage, cpu_s + 1);
}

// Without a control group nobody counts the memory that the kernel refused. A program that once had 63 of 64 parts of
// its limit was refused more, or was about to be. Address space is no sign of that: some runtimes reserve nearly all of
// it.
bool lacked_memory(const Ending& ending, std::uint64_t limit) {
  if (ending.counted) return ending.counted->memory_ran_out;
  constexpr std::uint64_t kKibibyte = 1024, kParts = 64;
  return static_cast<std::uint64_t>(ending.usage.ru_maxrss) * kKibibyte >= limit - limit / kParts;
}

}  // namespace

std::uint64_t microseconds(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * kMicroseconds + static_cast<std::uint64_t>(time.tv_usec);
}

std::vector<std::string> limits_hit(const Ending& ending, const plan::Limits& limits) {
  const CgroupCounts counted = ending.counted.value_or(CgroupCounts{});
  std::vector<std::string> names;
  const auto add = [&](bool hit, const probe::LimitRow& row) {
    if (hit) names.emplace_back(row.hit_name);
  };
  add(is_out_of_cpu(ending, limits.cpu_s), probe::row_of(&probe::Limits::cpu_s));
  add(ending.memory_was_over || lacked_memory(ending, limits.memory_bytes),
      probe::row_of(&probe::Limits::memory_bytes));
  add(ending.output_full && !ending.scratch_full, probe::row_of(&probe::Limits::output_bytes));
  add(ending.no_files_left, probe::row_of(&probe::Limits::output_files));
  add(counted.processes_refused, probe::row_of(&probe::Limits::processes));
  if (ending.scratch_full) names.emplace_back(probe::kScratchLimit);
  add(ending.time_was_up, probe::row_of(&probe::Limits::wall_ms));
  std::ranges::sort(names);
  return names;
}

std::uint64_t own_maximum(const rusage& usage, std::uint64_t before_exec) {
  // The kernel keeps a counter for each processor, and adds these counters up only now and then.
  constexpr std::uint64_t kInexact = 128;
  const auto maximum = static_cast<std::uint64_t>(usage.ru_maxrss);
  return maximum > before_exec + kInexact ? maximum : 0;
}

void look_at_room(Ending& ending, const sys::Fd& output) {
  struct statfs status{};
  if (::fstatfs(output.get(), &status) != 0) return;
  ending.output_full = status.f_blocks != 0 && status.f_bfree == 0;
  ending.no_files_left = status.f_files != 0 && status.f_ffree == 0;
}

void look_at_scratch(Ending& ending, const sys::Fd& scratch, std::uint64_t bytes) {
  if (!ending.output_full) return;
  const auto entries = file::scan(scratch.get(), "/out", {.leave_unread = true, .own = true});
  if (!entries) return;
  std::uint64_t used = 0;
  for (const file::Entry& entry : *entries) used += entry.allocated;
  ending.scratch_full = used >= bytes;
}

}  // namespace immure::attest
