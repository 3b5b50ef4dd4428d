/// Staging: makes a copy of the input without the entries that would be a channel out of the cell.
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

/// Takes FIFOs, sockets, devices and entries that are marked as unread out of `input.entries`, and returns them as
/// `path: kind`.
std::vector<std::string> leave_out_channels(OpenInput& input);

/// Error kBadInput if the input has more data than `limit` bytes, not counting holes. The copy lies in memory.
[[nodiscard]] Result<void> check_stage_fits(const OpenInput& input, const std::string& name, std::uint64_t limit);

/// Size in bytes and number of inodes of a file system that can hold the copy. `limit` bounds the bytes of the files.
struct StageSize {
  std::uint64_t bytes, inodes;
};
[[nodiscard]] StageSize stage_size(const OpenInput& input, std::uint64_t limit);

struct Staging {
  const std::string& name;  ///< name of the input, for errors
  std::uint32_t uid, gid;   ///< the owner of the copy if the caller is root
  bool digests_wanted;
  GoOn go_on;
};

/// Copies the entries into the directory `target`: contents without their holes, permission bits, link targets. Returns
/// the SHA-256 of each copied file in the order of the entries, computed from the bytes that are in the copy; returns
/// an empty list if no digests are wanted. Errors: kBadInput (a file is unreadable or has changed, or there is no
/// room), kSystem, the error of `go_on`.
[[nodiscard]] Result<std::vector<std::string>> copy_input(const OpenInput& input, const sys::Fd& target,
                                                          const Staging& staging);

}  // namespace immure::attest
