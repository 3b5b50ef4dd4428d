/// Names a directory by its file system and its path in there. This name is the same wherever and however often the
/// file system is mounted.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace immure::attest {

struct MountPlace {
  std::string device;  ///< major and minor number, for example `8:1`
  std::string path;    ///< path in that file system: `/`, `/var/lib/x`
  std::string point;   ///< where it is mounted; ignored in comparisons
  friend bool operator==(const MountPlace& a, const MountPlace& b) { return a.device == b.device && a.path == b.path; }
};

/// All mounts in the text of a /proc/PID/mountinfo, except /proc, /sys, /dev and similar ones, which hold no user data.
[[nodiscard]] std::vector<MountPlace> mount_places(std::string_view mountinfo);

/// The place of an absolute path without links, seen from the process that has these mounts. Nothing if no mount holds
/// the path.
[[nodiscard]] std::optional<MountPlace> place_of(const std::vector<MountPlace>& mounts, std::string_view path);

/// True if `inner` is `outer` or lies below it.
[[nodiscard]] bool lies_in(const MountPlace& inner, const MountPlace& outer);

}  // namespace immure::attest
