/// The supervisor's own limit of a cell's memory, where no control group limits it: the memory of all the cell's
/// processes together, and the files in /out.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sys/error.hpp"

namespace immure::attest {

/// Memory of one process according to /proc/PID/status: private, swapped out, and page tables. A page that processes
/// share after fork(2) counts in each of these processes, so the sum over processes is never too small.
[[nodiscard]] std::uint64_t own_bytes(std::string_view status);
/// The same according to /proc/PID/smaps_rollup, which divides each page by the number of processes that have the page.
/// Nothing if a line is missing.
[[nodiscard]] std::optional<std::uint64_t> proportional_bytes(std::string_view rollup);

/// The largest resident set that a process had, in KiB; 0 if the kernel does not tell.
[[nodiscard]] std::uint64_t largest_resident_set(int pid);

/// Adds up the memory of a cell now and then. Each process of such a cell has a hard limit of its own (RLIMIT_AS), and
/// cannot make memory that belongs to no process (cell::Spec::deny_shared_memory).
class MemoryWatch {
 public:
  /// `init_pid`: the cell's first process. `output`: /out, which must stay open.
  /// Error kUnsupported if this kernel does not list the children of a process (CONFIG_PROC_CHILDREN).
  [[nodiscard]] static Result<MemoryWatch> start(int init_pid, std::uint64_t limit_bytes, int output);

  /// Milliseconds until the next look: the shortest time in which the cell could fill the rest of its limit.
  [[nodiscard]] int due_ms() const;
  /// Looks at the cell if a look is due. Returns true if the cell has more memory than its limit.
  [[nodiscard]] bool is_over();

 private:
  MemoryWatch(int init_pid, std::uint64_t limit_bytes, int output)
      : init_pid_(init_pid), limit_bytes_(limit_bytes), output_(output) {}

  int init_pid_;
  std::uint64_t limit_bytes_;
  int output_;
  std::int64_t due_us_ = 0;  ///< of the monotonic clock
};

}  // namespace immure::attest
