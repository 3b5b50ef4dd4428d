/// What the kernel tells about one file.
#pragma once

#include <sys/stat.h>

#include "sys/error.hpp"

namespace immure::sys {

/// What stat(2) tells about a file, and whether the file is the root of a mount (statx(2), STATX_ATTR_MOUNT_ROOT).
struct Status {
  struct stat stat{};
  bool mount_root = false;
};
/// The status of `name` in `directory`, or of `directory` itself if `name` is empty. Follows no link.
[[nodiscard]] SysResult<Status> status_of(int directory, const char* name);

}  // namespace immure::sys
