/// A control group for one cell, where the caller has a place for it: then memory and processes are limited as a whole,
/// not each process by itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sys/error.hpp"
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
  /// Puts a process in; its children follow.
  [[nodiscard]] Result<void> add(int pid) const;
  /// Its processes have ended: it may go, while the caller does something else.
  void leave() { janitor_.begin(); }

  Cgroup() = default;  ///< no group

 private:
  std::string version_;
  std::vector<std::string> directories_;
  Janitor janitor_;  ///< removes the directories, once every process in them has ended
};

/// The limits of the group that process `pid` is in, as its files say now: `memory`, `pids`; empty if the group is not
/// one of ours.
struct CgroupLimit {
  std::string name, value;
};
[[nodiscard]] std::vector<CgroupLimit> cgroup_limits(const std::string& proc_cgroup);

}  // namespace immure::venue
