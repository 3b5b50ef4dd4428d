/// Tells whether a file or directory is still the one that was looked at.
#pragma once

#include <cstdint>

#include <sys/stat.h>

#include "file/tree.hpp"

namespace immure::cli {

/// The inode alone is not enough: a new file can get the inode of a file that was removed. A new file has other times.
struct Identity {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t mtime_ns = 0, ctime_ns = 0;
  friend bool operator==(const Identity&, const Identity&) = default;
};

[[nodiscard]] inline Identity identity_of(const struct stat& status) {
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = static_cast<std::uint64_t>(status.st_size),
          .mtime_ns = file::nanoseconds(status.st_mtim),
          .ctime_ns = file::nanoseconds(status.st_ctim)};
}

}  // namespace immure::cli
