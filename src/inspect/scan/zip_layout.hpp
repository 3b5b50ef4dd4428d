/// Where the parts of a zip lie. Members are read by libarchive (archive.hpp); this reads headers alone.
#pragma once

#include <cstdint>

#include "inspect/scan/file_type.hpp"

namespace immure::inspect {

/// Where the zip directory at the end of a file says that the zip begins and ends; size 0 if there is none.
struct ZipExtent {
  std::uint64_t start = 0, size = 0;
  std::uint64_t directory = 0, entries = 0;  ///< where the directory is in the file, and what it says that it has
};
[[nodiscard]] ZipExtent zip_extent(Bytes bytes);

/// How many members of the zip share bytes with one before them. Members whose place stands in a 64-bit record are left
/// out: their sizes bound them.
[[nodiscard]] std::uint64_t zip_overlaps(Bytes bytes, const ZipExtent& zip);

}  // namespace immure::inspect
