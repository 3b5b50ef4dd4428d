/// Which limits of a run were met, judged by what the kernel has counted. A payload cannot fake a limit, for example by
/// sending itself a signal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/resource.h>

#include "attest/host/cgroup.hpp"
#include "plan/plan.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

/// What is known of a payload that has ended.
struct Ending {
  int status = 0;                ///< as wait4(2) gives it
  rusage usage{};                ///< of the payload and of those of its children that it has waited for
  bool time_was_up = false;      ///< the supervisor ended it because of the wall clock
  bool memory_was_over = false;  ///< the supervisor ended it because of the cell's memory
  bool output_full = false, no_files_left = false;  ///< of /out, at the end
  std::optional<CgroupCounts> counted;
};

/// Names of the limits, sorted: `cpu`, `memory`, `output-bytes`, `output-files`, `processes`, `wall-clock`.
[[nodiscard]] std::vector<std::string> limits_hit(const Ending& ending, const plan::Limits& limits);

/// The largest resident set of the payload, in KiB. The kernel also counts the memory that the task had before the exec
/// (exec_mmap() in exec.c). If the maximum is no larger than `before_exec`, it may not be the payload's, and this
/// returns 0.
[[nodiscard]] std::uint64_t own_maximum(const rusage& usage, std::uint64_t before_exec);

/// Fills in how much room /out has left. Changes nothing if the kernel does not tell.
void look_at_room(Ending& ending, const sys::Fd& output);

[[nodiscard]] std::uint64_t microseconds(const timeval& time);

}  // namespace immure::attest
