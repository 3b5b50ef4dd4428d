/// Opens files that an operator names. No other user can redirect the walk along the path to another file.
#pragma once

#include <cstdint>
#include <string>

#include "file/place.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::file {

/// Like open_regular(), but follows a symbolic link on the way to the file only if the link belongs to root or to the
/// caller (place_of()). Otherwise the owner of a directory on the way could make a caller with more rights read any
/// file of that name. Errors: those of open_regular() and of place_of().
[[nodiscard]] Result<sys::Fd> open_named(const std::string& path);

/// Like the function above, for a file whose directory is open already.
[[nodiscard]] Result<sys::Fd> open_named(const Place& place);

/// Like read_whole(), for a file that open_named() opens.
[[nodiscard]] Result<std::string> read_named(const std::string& path, std::uint64_t limit);

}  // namespace immure::file
