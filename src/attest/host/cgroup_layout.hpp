/// Where a control group for a cell could be made: worked out from texts and answers, without touching a group.
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

/// A file of a group, and what is written to it.
struct CgroupSetting {
  const char* file = nullptr;
  std::string value;
  bool of_swap = false;  ///< its file is missing where the kernel does not account for swap
};

struct CgroupDirectory {
  std::string path;
  std::vector<CgroupSetting> settings;
  bool has_entrance = false;  ///< version 1: a process enters by a write to `tasks`
};

/// One way to have a group: all of its directories, or none.
struct CgroupLayout {
  std::string_view version;
  std::vector<CgroupDirectory> directories;
};

/// What a group shall hold at most.
struct CgroupWish {
  std::uint64_t memory_bytes;
  std::uint32_t processes;
};

/// What the layouts depend on beside the caller's groups.
struct CgroupTree {
  std::string unified_root;                             ///< where version 2 is mounted
  std::function<bool(const std::string&)> delegates;    ///< a directory hands memory and pids down to groups in it
  std::function<bool(const std::string&)> may_make_in;  ///< the caller may make a directory there
};

/// The ways that the caller may take, best first, for a group `name`; `own` is its /proc/self/cgroup.
[[nodiscard]] std::vector<CgroupLayout> layouts_for(std::string_view own, const std::string& name,
                                                    const CgroupWish& wish, const CgroupTree& tree);

}  // namespace immure::attest
