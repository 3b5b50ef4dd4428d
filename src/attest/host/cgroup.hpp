/// A control group for one cell, if the caller may make one. The group limits memory and processes for the cell as a
/// whole, not for each process by itself.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attest/host/cleanup.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

/// A limit of a group, read from the group's files: `memory` and `pids`, and `swap` if the kernel accounts for swap.
/// `swap` is how much the group may swap out beyond its memory limit.
struct CgroupLimit {
  std::string name, value;
};

/// What the kernel has counted for a group, read from the group's files.
struct CgroupCounts {
  bool memory_ran_out = false;     ///< the OOM killer killed a process because of the group's limit
  bool processes_refused = false;  ///< the kernel refused a new process or thread because of the group's limit
  /// The most memory that the group had. Version 2 has this since Linux 5.19.
  std::optional<std::uint64_t> peak_bytes;
};

class Cgroup {
 public:
  /// Makes a new group below the caller's own group or beside it. Uses cgroup v2 if memory and pids are delegated
  /// there, or else v1 if the caller can write to both hierarchies. Returns nothing if there is no such place, which is
  /// usual for an ordinary user, or if swap cannot be limited together with memory. Resource limits and the
  /// supervisor's memory watch then replace the group.
  [[nodiscard]] static std::optional<Cgroup> create(std::uint64_t memory_bytes, std::uint32_t processes);

  /// `cgroup2` or `cgroup1`, as the evidence writes it.
  [[nodiscard]] const std::string& version() const { return version_; }
  /// The directory of the group for CLONE_INTO_CGROUP (version 2), or -1 (version 1). Starting a process in the group
  /// stops no other process. A move by writing to cgroup.procs would wait for a grace period of RCU, 10 to 40 ms on an
  /// idle machine.
  [[nodiscard]] int directory() const { return version_ == kVersion2 ? directories_.front().get() : -1; }
  /// Version 1: a process enters the group, with its later children, by writing `0` to each of these descriptors. -1:
  /// none.
  [[nodiscard]] std::array<int, 2> entrances() const;
  /// True if a process with this text in /proc/PID/cgroup is in each of the group's directories.
  [[nodiscard]] bool holds(std::string_view proc_cgroup) const;
  /// The limits that the group's files show now, sorted by name.
  [[nodiscard]] std::vector<CgroupLimit> limits() const;
  /// True if the group limits swap. False if the kernel does not account for swap, which is accepted only on a host
  /// without swap.
  [[nodiscard]] bool limits_swap() const { return limits().back().name == "swap"; }
  /// What the kernel has counted. Call this before leave().
  [[nodiscard]] CgroupCounts counts() const;
  /// Says that one more cell is in the group. Each cell leaves the group.
  void share() { ++cells_; }
  /// Lets the cleanup process remove the group in the background, if no other cell is in the group. Call this after the
  /// processes of the cell have ended.
  void leave() {
    if (--cells_ == 0) cleanup_.begin();
  }

  Cgroup() = default;  ///< an object without a group

 private:
  static constexpr std::string_view kVersion2 = "cgroup2";

  [[nodiscard]] std::string value(const char* file) const;

  std::string name_;  ///< name of each directory; no other group has this name
  std::string version_;
  std::vector<sys::Fd> directories_;
  std::vector<sys::Fd> entrances_;
  unsigned cells_ = 1;
  CleanupProcess cleanup_;  ///< removes the directories, once every process in them has ended
};

/// True if the kernel has controllers for memory and processes where container runtimes look for them.
[[nodiscard]] bool has_controllers();

/// The number in the line `key number` of memory.events, pids.events or memory.oom_control; 0 if there is no such line.
[[nodiscard]] std::uint64_t counted(std::string_view text, std::string_view key);
/// The number in a file that holds one number; nothing if the file holds anything else, such as `max`.
[[nodiscard]] std::optional<std::uint64_t> whole_number(std::string_view text);

}  // namespace immure::attest
