/// A control group for one cell, where the caller has a place for it: then memory and processes are limited as a whole,
/// not each process by itself.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attest/host/janitor.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

/// A limit of a group, as the group's files say now: `memory` and `pids`; and, if the kernel accounts for swap, `swap`:
/// how much the group may swap out beyond its memory limit.
struct CgroupLimit {
  std::string name, value;
};

/// What the kernel has counted for a group, according to the group's files.
struct CgroupCounts {
  bool memory_ran_out = false;              ///< the OOM killer ended a process because of the group's limit
  bool processes_refused = false;           ///< a new process or thread was refused because of the group's limit
  std::optional<std::uint64_t> peak_bytes;  ///< the most memory that it had; version 2 tells it since Linux 5.19
};

class Cgroup {
 public:
  /// A new group below the caller's own or beside it: cgroup v2 if memory and pids are delegated there, else v1 if both
  /// hierarchies can be written. Nothing if there is no such place, which is usual for an ordinary user, or if swap
  /// cannot be limited together with memory; resource limits and the supervisor's own watch then stand alone.
  [[nodiscard]] static std::optional<Cgroup> create(std::uint64_t memory_bytes, std::uint32_t processes);

  /// `cgroup2` or `cgroup1`.
  [[nodiscard]] const std::string& version() const { return version_; }
  /// The ways in for which the kernel stops no other process: to be moved by a write to cgroup.procs takes a grace
  /// period of RCU, 10 to 40 ms on a machine that is at rest. Version 2: the directory, for CLONE_INTO_CGROUP; else -1.
  [[nodiscard]] int directory() const { return version_ == kVersion2 ? directories_.front().get() : -1; }
  /// Version 1: whoever writes `0` to each of these is in, and its children follow; -1 for none.
  [[nodiscard]] std::array<int, 2> entrances() const;
  /// True if a process with this /proc/PID/cgroup is in the group, in each of the group's directories.
  [[nodiscard]] bool holds(std::string_view proc_cgroup) const;
  /// Sorted by name.
  [[nodiscard]] std::vector<CgroupLimit> limits() const;
  /// False where the kernel does not account for swap and the host has no swap.
  [[nodiscard]] bool limits_swap() const { return limits().back().name == "swap"; }
  /// Only before leave().
  [[nodiscard]] CgroupCounts counts() const;
  /// Its processes have ended: it may go, while the caller does something else.
  void leave() { janitor_.begin(); }

  Cgroup() = default;  ///< no group

 private:
  static constexpr std::string_view kVersion2 = "cgroup2";

  [[nodiscard]] std::string value(const char* file) const;

  std::string name_;  ///< of each directory, in no other group's
  std::string version_;
  std::vector<sys::Fd> directories_;
  std::vector<sys::Fd> entrances_;
  Janitor janitor_;  ///< removes the directories, once every process in them has ended
};

/// Whether the kernel has controllers for memory and processes where a container runtime looks for them.
[[nodiscard]] bool has_controllers();

/// The number in the line `key number` of memory.events, pids.events and memory.oom_control; 0 if there is no such
/// line.
[[nodiscard]] std::uint64_t counted(std::string_view text, std::string_view key);
/// A file that holds one number; nothing if it holds anything else, such as `max`.
[[nodiscard]] std::optional<std::uint64_t> whole_number(std::string_view text);

}  // namespace immure::attest
