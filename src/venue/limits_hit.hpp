/// Which limits of a run were met, by what the kernel has counted: never by what a payload can bring about by itself,
/// such as a signal that it sends to itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/resource.h>

#include "plan/plan.hpp"
#include "sys/fd.hpp"
#include "venue/cgroup.hpp"

namespace immure::venue {

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

/// The largest resident set of the payload, in KiB. The kernel counts the memory that its task had before the exec as
/// well (exec_mmap() in exec.c): a maximum that is no larger than `before_exec` is nobody's in particular, and 0 is
/// returned.
[[nodiscard]] std::uint64_t own_maximum(const rusage& usage, std::uint64_t before_exec);

/// Fills in what /out has left. Nothing is said of a directory that cannot be asked.
void look_at_room(Ending& ending, const sys::Fd& output);

[[nodiscard]] std::uint64_t microseconds(const timeval& time);

}  // namespace immure::venue
