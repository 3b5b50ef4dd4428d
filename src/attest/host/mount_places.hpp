/// Directories by file system and path in it: the same directory has one such name, wherever and how often it is
/// mounted.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace immure::attest {

struct MountPlace {
  std::string device;  ///< `8:1`
  std::string path;    ///< in that file system: `/`, `/var/lib/x`
  std::string point;   ///< where it is mounted; of no meaning for equality
  friend bool operator==(const MountPlace& a, const MountPlace& b) { return a.device == b.device && a.path == b.path; }
};

/// Every mount of a /proc/PID/mountinfo but those of /proc, /sys, /dev and the like, which hold no data of anybody's.
[[nodiscard]] std::vector<MountPlace> mount_places(std::string_view mountinfo);

/// Where an absolute path without links is, seen from the process whose mounts these are. Nothing without such a mount.
[[nodiscard]] std::optional<MountPlace> place_of(const std::vector<MountPlace>& mounts, std::string_view path);

/// True if `inner` is `outer` or lies below it.
[[nodiscard]] bool lies_in(const MountPlace& inner, const MountPlace& outer);

}  // namespace immure::attest
