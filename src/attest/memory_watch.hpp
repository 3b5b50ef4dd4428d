/// The supervisor's own limit for the memory of a cell, for hosts where no control group limits it. The limit counts
/// the memory of all processes of the cell together, and the files in /out.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sys/error.hpp"

namespace immure::attest {

/// The memory of one process in bytes, from the text of /proc/PID/status: private memory, swapped memory and page
/// tables. A page that processes share after fork(2) counts for each process, so the sum over all processes is never
/// too small.
[[nodiscard]] std::uint64_t own_bytes(std::string_view status);
/// The memory of one process in bytes, from the text of /proc/PID/smaps_rollup, which divides each page by the number
/// of processes that have it. Nothing if a line is missing.
[[nodiscard]] std::optional<std::uint64_t> proportional_bytes(std::string_view rollup);

/// The largest resident set that a process has had, in KiB; 0 if the kernel does not say.
[[nodiscard]] std::uint64_t largest_resident_set(int pid);

/// Adds up the memory of a cell, or of all cells of a pipeline, from time to time. Each process of such a cell has a
/// hard limit of its own (RLIMIT_AS), and cannot make memory that belongs to no process
/// (cell::Spec::deny_shared_memory).
class MemoryWatch {
 public:
  /// `init_pid`: the first process of the cell. `output`: a descriptor of /out, which must stay open.
  /// Error kUnsupported if this kernel does not list the children of a process (CONFIG_PROC_CHILDREN).
  [[nodiscard]] static Result<MemoryWatch> start(int init_pid, std::uint64_t limit_bytes, int output);
  /// Counts another cell of the same pipeline too.
  void add(int init_pid, int output) { cells_.push_back({init_pid, output}); }

  /// Milliseconds until the next look: the shortest time in which the cell could fill the rest of its limit.
  [[nodiscard]] int due_ms() const;
  /// Looks at the cell if a look is due. Returns true if the cell has more memory than its limit.
  [[nodiscard]] bool is_over();

 private:
  struct Counted {
    int init_pid, output;
  };
  MemoryWatch(int init_pid, std::uint64_t limit_bytes, int output)
      : cells_{{init_pid, output}}, limit_bytes_(limit_bytes) {}

  std::vector<Counted> cells_;
  std::uint64_t limit_bytes_;
  std::int64_t due_us_ = 0;  ///< microseconds of the monotonic clock
};

}  // namespace immure::attest
