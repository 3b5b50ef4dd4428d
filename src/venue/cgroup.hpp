/// A control group for one cell, where the caller has a place for it: then memory and processes are limited as a whole,
/// not each process by itself.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "venue/janitor.hpp"

namespace immure::venue {

class Cgroup {
 public:
  /// A new group below the caller's own or beside it: cgroup v2 if memory and pids are delegated there, else v1 if both
  /// hierarchies can be written. Nothing if there is no such place, which is usual for an ordinary user; resource
  /// limits then stand alone.
  [[nodiscard]] static std::optional<Cgroup> create(std::uint64_t memory_bytes, std::uint32_t processes);

  /// `cgroup2` or `cgroup1`.
  [[nodiscard]] const std::string& version() const { return version_; }
  /// The ways in for which the kernel stops no other process: to be moved by a write to cgroup.procs takes a grace
  /// period of RCU, 10 to 40 ms on a machine that is at rest. Version 2: the directory, for CLONE_INTO_CGROUP; else -1.
  [[nodiscard]] int directory() const { return version_ == kVersion2 ? entrances_.front().get() : -1; }
  /// Version 1: whoever writes `0` to each of these is in, and its children follow; -1 for none.
  [[nodiscard]] std::array<int, 2> entrances() const;
  /// Its processes have ended: it may go, while the caller does something else.
  void leave() { janitor_.begin(); }

  Cgroup() = default;  ///< no group

 private:
  static constexpr std::string_view kVersion2 = "cgroup2";

  std::string version_;
  std::vector<sys::Fd> entrances_;
  Janitor janitor_;  ///< removes the directories, once every process in them has ended
};

/// The limits of the group that process `pid` is in, as its files say now: `memory`, `pids`; empty if the group is not
/// one of ours.
struct CgroupLimit {
  std::string name, value;
};
[[nodiscard]] std::vector<CgroupLimit> cgroup_limits(const std::string& proc_cgroup);

}  // namespace immure::venue
