/// The supervisor's own limit of a cell's memory, where no control group holds it: what all its processes have
/// together, and what lies in /out.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sys/error.hpp"

namespace immure::venue {

/// Memory of one process as /proc/PID/status tells it: of its own, swapped out, and page tables. Pages that processes
/// share by fork(2) count in each of them, so a sum of these is never too small.
[[nodiscard]] std::uint64_t own_bytes(std::string_view status);
/// The same as /proc/PID/smaps_rollup tells it: each page divided by the number of processes that have it. Nothing if a
/// line is missing.
[[nodiscard]] std::optional<std::uint64_t> proportional_bytes(std::string_view rollup);

/// The largest resident set that a process had, in KiB; 0 if it cannot be asked.
[[nodiscard]] std::uint64_t largest_resident_set(int pid);

/// Looks now and then at a cell whose processes each have a hard limit of their own (RLIMIT_AS), and cannot make memory
/// that belongs to no process (cell::Spec::deny_shared_memory).
class MemoryWatch {
 public:
  /// `init_pid`: the cell's first process. `output`: /out, which must stay open.
  /// Error kUnsupported if this kernel does not list the children of a process (CONFIG_PROC_CHILDREN).
  [[nodiscard]] static Result<MemoryWatch> start(int init_pid, std::uint64_t limit_bytes, int output);

  /// Milliseconds until the next look: as long as filling what is left of the limit takes at the least.
  [[nodiscard]] int due_ms() const;
  /// Looks, if it is time to. True if the cell has more than its limit.
  [[nodiscard]] bool is_over();

 private:
  MemoryWatch(int init_pid, std::uint64_t limit_bytes, int output)
      : init_pid_(init_pid), limit_bytes_(limit_bytes), output_(output) {}

  int init_pid_;
  std::uint64_t limit_bytes_;
  int output_;
  std::int64_t due_us_ = 0;  ///< of the monotonic clock
};

}  // namespace immure::venue
