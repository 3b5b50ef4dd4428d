/// A control group for one cell, where the caller has a place for it: then memory and processes are limited as a whole,
/// not each process by itself.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sys/error.hpp"
#include "sys/fd.hpp"

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

  Cgroup() = default;  ///< no group
  Cgroup(Cgroup&&) noexcept = default;
  Cgroup& operator=(Cgroup&&) = delete;
  /// Removes the group. Every process in it must have ended.
  ~Cgroup();

 private:
  /// Removes the group if the supervisor is killed: a process that shares its memory and waits for its end.
  struct Janitor {
    std::vector<std::string> directories;
    sys::Fd waiting, held;  ///< pipe: hung up when the supervisor is gone
    int pid = -1;
    std::array<std::byte, 16 << 10> stack;
  };
  static int clean_up_after_supervisor(void* janitor);
  [[nodiscard]] bool start_janitor();

  std::string version_;
  std::unique_ptr<Janitor> janitor_;
};

/// The limits of the group that process `pid` is in, as its files say now: `memory`, `pids`; empty if the group is not
/// one of ours.
struct CgroupLimit {
  std::string name, value;
};
[[nodiscard]] std::vector<CgroupLimit> cgroup_limits(const std::string& proc_cgroup);

}  // namespace immure::venue
