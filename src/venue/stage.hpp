/// Staging: a copy of the input without what would be a channel out of the cell.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "file/tree.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "venue/cell.hpp"

namespace immure::venue {

/// Takes FIFOs, sockets and devices out of `input.entries` and returns them as `path: kind`.
std::vector<std::string> leave_out_channels(OpenInput& input);

/// Size and number of inodes of a file system that holds the copy.
struct StageSize {
  std::uint64_t bytes, inodes;
};
[[nodiscard]] StageSize stage_size(const OpenInput& input);

/// Copies the entries into the directory `target`: contents, permission bits, link targets. Files are made as user
/// `uid` and group `gid` where the caller is root. Errors: kBadInput (a file that is unreadable or changed), kSystem
/// (no space).
[[nodiscard]] Result<void> copy_input(const OpenInput& input, const std::string& name, const sys::Fd& target,
                                      std::uint32_t uid, std::uint32_t gid);

}  // namespace immure::venue
