/// Digests of large files that seldom change, remembered between runs.
#pragma once

#include <string>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::plan {

/// Returns the SHA-256 of the file `path` in hex. Takes the digest from the image cache if immure has stored it there
/// since the machine started and the file still has the same device, inode, size, mtime and ctime; otherwise hashes the
/// file and stores the digest. Only somebody who owns the caller's cache can forge a stored digest, and that person
/// also has the caller's key. Error kSystem.
[[nodiscard]] Result<std::string> file_digest(const std::string& path);

/// Like file_digest() above, for an opened file. `path` is for messages.
[[nodiscard]] Result<std::string> file_digest(const sys::Fd& file, const std::string& path);

/// Hashes an opened file now; neither reads nor writes the cache. Error kSystem.
[[nodiscard]] Result<std::string> new_file_digest(const std::string& path);
[[nodiscard]] Result<std::string> new_file_digest(const sys::Fd& file, const std::string& path);

}  // namespace immure::plan
