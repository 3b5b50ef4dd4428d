/// From a closure to a directory: every entry named first, then written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "file/tree.hpp"
#include "plan/image.hpp"
#include "sys/error.hpp"

namespace immure::plan {

/// One entry of an image that is to be made, and what its source was when it was looked at.
struct PackItem {
  std::string inner;                    ///< absolute
  file::Kind kind = file::Kind::kFile;  ///< kFile, kDirectory or kLink
  std::string source;                   ///< of a file: what to copy; links in it are followed
  std::string target;                   ///< of a link
  bool executable = false;
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t mtime_ns = 0, ctime_ns = 0;
};

/// Everything that the image will hold besides `in` and `out`, sorted by inner path, directories included.
/// Errors, kBadInput: two different files for one place, a place below /in or /out, a FIFO, socket or device, a link
/// that leads out of a packed directory to another directory.
[[nodiscard]] Result<std::vector<PackItem>> pack_list(const Closure& closure);

/// SHA-256 (hex) over all of it: the same key, the same image.
[[nodiscard]] std::string pack_key(const std::vector<PackItem>& items, const Program& program);

/// Copies it beneath the empty directory `root`. Files become 0444 or 0555, directories 0555; times of the sources are
/// kept, since interpreters compare them. Errors: kBadInput if a source is no longer what it was, kSystem.
[[nodiscard]] Result<void> write_pack(const std::vector<PackItem>& items, int root, const std::string& name);

}  // namespace immure::plan
