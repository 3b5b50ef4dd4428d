/// The digest of a large file that seldom changes, remembered between runs.
#pragma once

#include <string>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::plan {

/// SHA-256 (hex) of `path`. Read from the image cache if the file's device, inode, size, mtime and ctime are what they
/// were when it was hashed, on this boot; else hashed now and remembered. Whoever could forge the memory owns the
/// caller's cache, and so the caller's key. Errors: kSystem.
[[nodiscard]] Result<std::string> file_digest(const std::string& path);

/// The same of an opened file. `path` is for messages.
[[nodiscard]] Result<std::string> file_digest(const sys::Fd& file, const std::string& path);

/// The same, hashed now; leaves no trace. Errors: kSystem.
[[nodiscard]] Result<std::string> new_file_digest(const std::string& path);

}  // namespace immure::plan
