/// Files that an operator names, opened behind a walk along their path that no other user can lead astray.
#pragma once

#include <cstdint>
#include <string>

#include "file/place.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::file {

/// As open_regular(), but a symbolic link on the way to the file is followed only if it belongs to root or to the
/// caller (place_of()). Otherwise the owner of a directory above could make a caller with more rights read any file of
/// that name. Errors: those of open_regular() and of place_of().
[[nodiscard]] Result<sys::Fd> open_named(const std::string& path);

/// The same for a file whose directory is held already.
[[nodiscard]] Result<sys::Fd> open_named(const Place& place);

/// Like read_whole(), for a file that open_named() opens.
[[nodiscard]] Result<std::string> read_named(const std::string& path, std::uint64_t limit);

}  // namespace immure::file
