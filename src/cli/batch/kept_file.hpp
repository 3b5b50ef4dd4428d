/// Files that a batch keeps in its own directory.
#pragma once

#include <optional>
#include <string>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::cli {

/// The bytes of a file in an open directory; nothing if there is no such file. Follows no link. Error kBadInput: the
/// file is no regular file, cannot be read, or is larger than 256 MiB.
[[nodiscard]] Result<std::optional<std::string>> kept_file(const sys::Fd& directory, const std::string& name,
                                                           const std::string& shown);

/// Opens the directory `name` in an open directory, for reading, and makes it if it is missing. Follows no link. Error
/// kSystem.
[[nodiscard]] Result<sys::Fd> kept_directory(const sys::Fd& directory, const std::string& name,
                                             const std::string& shown);

/// Gives `name` in one directory the same or another name in another directory. Never replaces anything. Returns false
/// if there is no such name. Error kBadInput if the new name exists already; kSystem.
[[nodiscard]] Result<bool> move_to(const sys::Fd& from, const std::string& name, const sys::Fd& to,
                                   const std::string& shown);

}  // namespace immure::cli
