/// Turns some of the program's temporary files into outputs (--publish).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sys/fd.hpp"

namespace immure::attest {

/// The part of a path below /tmp, /var/tmp or /dev/shm, which are the same directory in a cell. Empty for any other
/// path, and for a path with `.`, `..` or an empty component.
[[nodiscard]] std::string_view among_temporary_files(std::string_view path);

/// Moves each of the paths from `scratch`, the directory for temporary files, to `output`, the cell's /out, under the
/// last part of its name. Follows no link. Call this after every process of the cell has ended. Returns `path: reason`
/// for each file or directory that could not be moved.
[[nodiscard]] std::vector<std::string> publish(const sys::Fd& scratch, const sys::Fd& output,
                                               const std::vector<std::string>& paths);

/// The paths, as the program saw them, of the directories and of the files with contents that are directly in /tmp.
/// The list is empty if the directory cannot be read, for example after `chmod 000 /tmp`. This is harmless, because
/// only a note to people depends on the list.
[[nodiscard]] std::vector<std::string> left_temporary_files(const sys::Fd& scratch);

}  // namespace immure::attest
