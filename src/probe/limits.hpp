/// All limits of a cell, in one place: the values, and a table that says what each limit is called and what enforces
/// the limit. Plan, cell, evidence and judge read the table. A new limit needs a row here, its enforcement and its line
/// in docs/profiles.md.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sys/resource.h>

namespace immure::probe {

/// What a cell may use. The members are in the order in which the plan shows them.
struct Limits {
  std::uint64_t memory_bytes = 2ULL << 30;
  std::uint64_t processes = 64;
  std::uint64_t files = 256;  ///< the payload's highest descriptor number plus 1
  std::uint64_t output_bytes = 1ULL << 30;
  std::uint64_t output_files = 10'000;
  std::uint64_t wall_ms = 300'000;
  std::uint64_t cpu_s = 300;
};
using LimitMember = std::uint64_t Limits::*;

enum class Unit : std::uint8_t { kCount, kBytes, kMilliseconds, kSeconds };
/// The name of a unit in evidence.
[[nodiscard]] constexpr std::string_view name(Unit unit) {
  constexpr std::string_view kNames[] = {"count", "bytes", "ms", "s"};
  return kNames[static_cast<std::size_t>(unit)];
}

/// What enforces a limit. kGroup: a control group, or, on a host without one, a resource limit for each process.
enum class Means : std::uint8_t { kResource, kGroup, kTmpfs, kTimer };
/// The name of a means in evidence. For kGroup this is the name that evidence has where there is no control group.
[[nodiscard]] constexpr std::string_view name(Means means) {
  constexpr std::string_view kNames[] = {"rlimit", "rlimit", "tmpfs", "timer"};
  return kNames[static_cast<std::size_t>(means)];
}

/// The largest `output_files` that a profile may set: a signed statement has room for this many names
/// (attest/harvest.hpp).
inline constexpr std::uint64_t kMostOutputFiles = 50'000;
inline constexpr std::uint64_t kWeekOfSeconds = 7ULL * 24 * 3600;

/// How many files a directory for temporary files may hold, besides the files of the output.
inline constexpr std::uint64_t kScratchFiles = 10'000;
/// The name of the limit on the bytes of temporary files, in evidence and in messages.
inline constexpr std::string_view kScratchLimit = "scratch-bytes";

struct LimitRow {
  std::string_view key = {};        ///< the key in a profile's `[limits]`
  std::string_view plan_name = {};  ///< the name in the JSON of the plan
  std::string_view words = {};      ///< the words in the text of the plan, with `*` for the value
  std::string_view evidence_name = {};
  /// The name that evidence lists when a run reached the limit; empty: evidence never lists it.
  std::string_view hit_name = {};
  std::string_view proc_name = {};  ///< the name of the resource limit in /proc/PID/limits, as evidence has it
  int resource = -1;                ///< RLIMIT_*; -1: no resource limit helps to enforce this limit
  Unit unit = Unit::kCount;
  Means means = Means::kResource;
  bool watched = false;               ///< without a control group the supervisor adds up what all processes use
  bool lower_stays = false;           ///< a lower hard limit of the caller holds too, and nobody raises that limit
  std::uint64_t grace = 0;            ///< how far the hard resource limit lies above the soft limit
  std::uint64_t least = 0, most = 0;  ///< the range that a profile may set
  LimitMember member = nullptr;       ///< nullptr: no profile sets this limit
  std::uint64_t fixed = 0;            ///< the value of a limit that no profile sets
  int since = 1;                      ///< the first edition of evidence that has the limit
};

/// Resource limits are in the order in which the cell sets them, reads them and writes them into evidence.
inline constexpr auto kLimits = std::to_array<LimitRow>({
    {.key = "memory",
     .plan_name = "memoryBytes",
     .words = "memory *",
     .evidence_name = "memory",
     .hit_name = "memory",
     .proc_name = "address-space",
     .resource = RLIMIT_AS,
     .unit = Unit::kBytes,
     .means = Means::kGroup,
     .watched = true,
     .least = 1ULL << 20,
     .most = 16ULL << 40,
     .member = &Limits::memory_bytes},
    // If core_pattern pipes core dumps to a program, the kernel runs the program even if the limit is 0 (core(5)), but
    // not if the limit is 1.
    {.proc_name = "core-file-size", .resource = RLIMIT_CORE, .unit = Unit::kBytes, .fixed = 1},
    // The soft limit sends SIGXCPU, which tells why the program ends; SIGKILL follows a second later.
    {.key = "cpu",
     .plan_name = "cpuS",
     .words = "processor *",
     .evidence_name = "cpu",
     .hit_name = "cpu",
     .proc_name = "cpu-time",
     .resource = RLIMIT_CPU,
     .unit = Unit::kSeconds,
     .grace = 1,
     .least = 1,
     .most = kWeekOfSeconds,
     .member = &Limits::cpu_s},
    {.key = "output_bytes",
     .plan_name = "outputBytes",
     .words = "output *",
     .evidence_name = "output-bytes",
     .hit_name = "output-bytes",
     .proc_name = "file-size",
     .resource = RLIMIT_FSIZE,
     .unit = Unit::kBytes,
     .means = Means::kTmpfs,
     .least = 4096,
     .most = 16ULL << 40,
     .member = &Limits::output_bytes},
    // The cell's probes are processes in the cell, too, so the limit is at least 16.
    {.key = "processes",
     .plan_name = "processes",
     .words = "* processes",
     .evidence_name = "pids",
     .hit_name = "processes",
     .proc_name = "processes",
     .resource = RLIMIT_NPROC,
     .means = Means::kGroup,
     .least = 16,
     .most = 65536,
     .member = &Limits::processes},
    {.key = "files",
     .plan_name = "files",
     .words = "* descriptors",
     .evidence_name = "files",
     .proc_name = "open-files",
     .resource = RLIMIT_NOFILE,
     .least = 8,
     .most = 65536,
     .member = &Limits::files},
    // Message queues and locked pages use the host's memory.
    {.proc_name = "msgqueue-size", .resource = RLIMIT_MSGQUEUE, .unit = Unit::kBytes},
    {.proc_name = "locked-memory", .resource = RLIMIT_MEMLOCK, .unit = Unit::kBytes},
    // The kernel counts queued signals and timers for a user, not for a process: a cell must not use up what the user's
    // other programs need. Where the caller's own limit is lower, the lower limit stays.
    {.proc_name = "pending-signals", .resource = RLIMIT_SIGPENDING, .lower_stays = true, .fixed = 1024, .since = 6},
    {.key = "output_files",
     .plan_name = "outputFiles",
     .words = "in * files",
     .evidence_name = "output-files",
     .hit_name = "output-files",
     .means = Means::kTmpfs,
     .least = 1,
     .most = kMostOutputFiles,
     .member = &Limits::output_files},
    {.key = "wall",
     .plan_name = "wallMs",
     .words = "time *",
     .evidence_name = "wall-clock",
     .hit_name = "wall-clock",
     .unit = Unit::kMilliseconds,
     .means = Means::kTimer,
     .least = 100,
     .most = kWeekOfSeconds * 1000,
     .member = &Limits::wall_ms},
});

/// The number of resource limits, and the number of limits that a profile can set.
inline constexpr auto kResourceLimits =
    static_cast<std::size_t>(std::ranges::count_if(kLimits, [](const LimitRow& row) { return row.resource >= 0; }));
inline constexpr auto kProfileLimits =
    static_cast<std::size_t>(std::ranges::count_if(kLimits, [](const LimitRow& row) { return row.member != nullptr; }));

[[nodiscard]] constexpr std::uint64_t value_of(const LimitRow& row, const Limits& limits) {
  return row.member == nullptr ? row.fixed : limits.*row.member;
}

/// The row of a member. The compiler finds the row.
[[nodiscard]] consteval const LimitRow& row_of(LimitMember member) {
  return *std::ranges::find(kLimits, member, &LimitRow::member);
}

/// The resource limit that the cell sets, with a control group or without one; false means that the cell sets none.
struct ResourceLimit {
  bool set = false;
  std::uint64_t soft = 0, hard = 0;
};
/// Under a control group the cell does not limit address space, because address space is not memory. RLIMIT_NPROC then
/// allows one process more than the group, so that the group is the one that refuses: the group counts its refusals,
/// and a resource limit does not.
[[nodiscard]] constexpr ResourceLimit resource_limit(const LimitRow& row, std::uint64_t value, bool by_group) {
  if (row.resource < 0 || (by_group && row.watched)) return {};
  const std::uint64_t soft = value + (by_group && row.means == Means::kGroup ? 1 : 0);
  return {.set = true, .soft = soft, .hard = soft + row.grace};
}

/// The rows that a profile can set, sorted by one of their names.
[[nodiscard]] consteval auto limits_by(std::string_view LimitRow::* name) {
  std::array<const LimitRow*, kProfileLimits> rows{};
  std::size_t count = 0;
  for (const LimitRow& row : kLimits)
    if (row.member != nullptr) rows.at(count++) = &row;
  std::ranges::sort(rows, {}, [name](const LimitRow* row) { return row->*name; });
  return rows;
}
inline constexpr auto kLimitsByEvidenceName = limits_by(&LimitRow::evidence_name);

}  // namespace immure::probe
