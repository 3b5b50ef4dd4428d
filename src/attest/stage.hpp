/// Staging: a copy of the input without what would be a channel out of the cell.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attest/deadline.hpp"
#include "attest/start/cell.hpp"
#include "file/tree.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

/// Takes FIFOs, sockets and devices out of `input.entries` and returns them as `path: kind`.
std::vector<std::string> leave_out_channels(OpenInput& input);

/// Error kBadInput if the data of the input, without holes, is more than `limit`, because the copy lies in memory.
[[nodiscard]] Result<void> check_stage_fits(const OpenInput& input, const std::string& name, std::uint64_t limit);

/// Size and number of inodes of a file system that holds the copy. `limit` bounds the bytes of the files.
struct StageSize {
  std::uint64_t bytes, inodes;
};
[[nodiscard]] StageSize stage_size(const OpenInput& input, std::uint64_t limit);

struct Staging {
  const std::string& name;  ///< of the input, in errors
  std::uint32_t uid, gid;   ///< whose the copy is, where the caller is root
  bool digests_wanted;
  GoOn go_on;
};

/// Copies the entries into the directory `target`: contents without their holes, permission bits, link targets. Returns
/// the SHA-256 of each copied file in the order of the entries, taken of the very bytes that are in the copy; empty if
/// none are wanted. Errors: kBadInput (a file is unreadable or changed, or no room), kSystem, the error of `go_on`.
[[nodiscard]] Result<std::vector<std::string>> copy_input(const OpenInput& input, const sys::Fd& target,
                                                          const Staging& staging);

}  // namespace immure::attest
