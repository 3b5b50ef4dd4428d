/// Decides which limits of a run were reached, from what the kernel has counted. A payload cannot fake a limit, for
/// example by sending a signal to itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/resource.h>

#include "attest/host/cgroup.hpp"
#include "plan/plan.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

/// What the supervisor knows about a payload that has ended.
struct Ending {
  int status = 0;                                   ///< the status that wait4(2) gives
  rusage usage{};                                   ///< of the payload and of the children that it has waited for
  bool time_was_up = false;                         ///< the supervisor killed the payload because of the wall clock
  bool memory_was_over = false;                     ///< the supervisor killed the payload because of the cell's memory
  bool output_full = false, no_files_left = false;  ///< true if /out had no room for bytes or for files at the end
  bool scratch_full = false;                        ///< true if temporary files took that room
  std::optional<CgroupCounts> counted;
};

/// The names of the limits that were reached, sorted: `cpu`, `memory`, `output-bytes`, `output-files`, `processes`,
/// `scratch-bytes`, `wall-clock`.
[[nodiscard]] std::vector<std::string> limits_hit(const Ending& ending, const plan::Limits& limits);

/// The largest resident set of the payload, in KiB. The kernel also counts the memory that the task had before the exec
/// (exec_mmap() in exec.c). A maximum of at most `before_exec` may stem from that memory; this function then returns 0.
[[nodiscard]] std::uint64_t own_maximum(const rusage& usage, std::uint64_t before_exec);

/// Fills in how much room /out has left. Changes nothing if the kernel does not say.
void look_at_room(Ending& ending, const sys::Fd& output);
/// If /out is full, finds out whether temporary files took the room, that is, whether temporary files use at least
/// `bytes`.
void look_at_scratch(Ending& ending, const sys::Fd& scratch, std::uint64_t bytes);

[[nodiscard]] std::uint64_t microseconds(const timeval& time);

}  // namespace immure::attest
