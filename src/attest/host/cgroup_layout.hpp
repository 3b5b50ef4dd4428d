/// Works out where a control group for a cell could be made, from the texts of /proc and from observed facts. Changes
/// no group.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace immure::attest {

inline constexpr std::string_view kCgroupRoot = "/sys/fs/cgroup";

/// One line of /proc/PID/cgroup (cgroups(7)): `hierarchy:controllers:path`.
struct Membership {
  std::string_view controllers, path;
};

[[nodiscard]] std::vector<Membership> memberships(std::string_view text);

/// A file of a control group, and the value that immure writes to the file.
struct CgroupSetting {
  const char* file = nullptr;
  std::string value;
  bool of_swap = false;  ///< the file is missing if the kernel does not account for swap
};

struct CgroupDirectory {
  std::string path;
  std::vector<CgroupSetting> settings;
  bool has_entrance = false;  ///< version 1: a process enters the group by writing to `tasks`
};

/// One way to make a group. All of its directories must be made, or none.
struct CgroupLayout {
  std::string_view version;
  std::vector<CgroupDirectory> directories;
};

/// The limits of a group.
struct CgroupWish {
  std::uint64_t memory_bytes;
  std::uint32_t processes;
};

/// Facts about the host that the layouts depend on.
struct CgroupTree {
  std::string unified_root;                           ///< where version 2 is mounted
  std::function<bool(const std::string&)> delegates;  ///< true if a directory delegates memory and pids to groups in it
  std::function<bool(const std::string&)> may_make_in;  ///< true if the caller may make a directory there
};

/// The ways in which the caller may make a group called `name`, the best one first. `own`: the text of
/// /proc/self/cgroup.
[[nodiscard]] std::vector<CgroupLayout> layouts_for(std::string_view own, const std::string& name,
                                                    const CgroupWish& wish, const CgroupTree& tree);

}  // namespace immure::attest
