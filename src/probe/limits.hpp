/// Every limit of a cell, once: the values, and a table that says what each is called and what enforces it. Plan, cell,
/// evidence and judge read the table. A new limit is a row here, its enforcement and its line in docs/profiles.md.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sys/resource.h>

namespace immure::probe {

/// What a cell may have. The members stand in the order in which people read them.
struct Limits {
  std::uint64_t memory_bytes = 2ULL << 30;
  std::uint64_t processes = 64;
  std::uint64_t files = 256;  ///< highest descriptor + 1 of the payload
  std::uint64_t output_bytes = 1ULL << 30;
  std::uint64_t output_files = 10'000;
  std::uint64_t wall_ms = 300'000;
  std::uint64_t cpu_s = 300;
};
using LimitMember = std::uint64_t Limits::*;

enum class Unit : std::uint8_t { kCount, kBytes, kMilliseconds, kSeconds };
/// As evidence has it.
[[nodiscard]] constexpr std::string_view name(Unit unit) {
  constexpr std::string_view kNames[] = {"count", "bytes", "ms", "s"};
  return kNames[static_cast<std::size_t>(unit)];
}

/// What enforces a limit. kGroup: a control group where there is one, and a resource limit for each process otherwise.
enum class Means : std::uint8_t { kResource, kGroup, kTmpfs, kTimer };
/// As evidence has it; of kGroup, where there is no control group.
[[nodiscard]] constexpr std::string_view name(Means means) {
  constexpr std::string_view kNames[] = {"rlimit", "rlimit", "tmpfs", "timer"};
  return kNames[static_cast<std::size_t>(means)];
}

/// The largest `output_files` of a profile: a signed statement has room for so many names (attest/harvest.hpp).
inline constexpr std::uint64_t kMostOutputFiles = 50'000;
inline constexpr std::uint64_t kWeekOfSeconds = 7ULL * 24 * 3600;

struct LimitRow {
  std::string_view key = {};        ///< in a profile's `[limits]`
  std::string_view plan_name = {};  ///< in the JSON of the plan
  std::string_view words = {};      ///< in the text of the plan, with `*` for the value
  std::string_view evidence_name = {};
  std::string_view hit_name = {};   ///< where the evidence says that a run met the limit; empty: it never does
  std::string_view proc_name = {};  ///< of the resource limit, as evidence has it from /proc/PID/limits
  int resource = -1;                ///< RLIMIT_*; -1: no resource limit has a part in it
  Unit unit = Unit::kCount;
  Means means = Means::kResource;
  bool watched = false;     ///< without a control group the supervisor adds up what all processes have together
  std::uint64_t grace = 0;  ///< how far the hard resource limit is above the soft one
  std::uint64_t least = 0, most = 0;  ///< in a profile
  LimitMember member = nullptr;       ///< nullptr: no profile sets this limit
  std::uint64_t fixed = 0;            ///< the value that no profile sets
  int since = 1;                      ///< the first edition of evidence that has the limit
};

/// Resource limits stand in the order in which the cell sets them, looks at them and writes them into evidence.
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
    // The kernel runs the program of a core_pattern that names a pipe even for a limit of 0 (core(5)).
    {.proc_name = "core-file-size", .resource = RLIMIT_CORE, .unit = Unit::kBytes, .fixed = 1},
    // SIGXCPU at the soft limit tells why; SIGKILL follows a second later.
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
    // The probes of a cell are processes in it, which is why there are at least 16.
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
    // Message queues and locked pages take memory of the host.
    {.proc_name = "msgqueue-size", .resource = RLIMIT_MSGQUEUE, .unit = Unit::kBytes},
    {.proc_name = "locked-memory", .resource = RLIMIT_MEMLOCK, .unit = Unit::kBytes},
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

/// The number of resource limits, and of limits that a profile sets.
inline constexpr auto kResourceLimits =
    static_cast<std::size_t>(std::ranges::count_if(kLimits, [](const LimitRow& row) { return row.resource >= 0; }));
inline constexpr auto kProfileLimits =
    static_cast<std::size_t>(std::ranges::count_if(kLimits, [](const LimitRow& row) { return row.member != nullptr; }));

[[nodiscard]] constexpr std::uint64_t value_of(const LimitRow& row, const Limits& limits) {
  return row.member == nullptr ? row.fixed : limits.*row.member;
}

/// The row of a member, found while compiling.
[[nodiscard]] consteval const LimitRow& row_of(LimitMember member) {
  return *std::ranges::find(kLimits, member, &LimitRow::member);
}

/// What the cell's own resource limit is, with a control group or without one; false: the cell has none.
struct ResourceLimit {
  bool set = false;
  std::uint64_t soft = 0, hard = 0;
};
/// Under a control group address space is not limited, because address space is not memory. RLIMIT_NPROC then allows
/// one process more than the group, so that the group refuses the process, because the group counts its refusals and
/// the resource limit does not.
[[nodiscard]] constexpr ResourceLimit resource_limit(const LimitRow& row, std::uint64_t value, bool by_group) {
  if (row.resource < 0 || (by_group && row.watched)) return {};
  const std::uint64_t soft = value + (by_group && row.means == Means::kGroup ? 1 : 0);
  return {.set = true, .soft = soft, .hard = soft + row.grace};
}

/// The rows that a profile sets, in the order of one of their names.
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
