/// Finds where the parts of a zip lie. This code reads only headers; libarchive reads the members (archive.hpp).
#pragma once

#include <cstdint>

#include "inspect/scan/file_type.hpp"

namespace immure::inspect {

/// Where a zip begins and ends, as the zip directory at the end of a file says. The size is 0 if there is no such
/// directory.
struct ZipExtent {
  std::uint64_t start = 0, size = 0;
  /// Where the directory lies in the file, and how many entries the directory claims to have.
  std::uint64_t directory = 0, entries = 0;
};
[[nodiscard]] ZipExtent zip_extent(Bytes bytes);

/// The number of members that share bytes with an earlier member of the zip. Members whose place is in a 64-bit record
/// do not count, because their sizes limit them.
[[nodiscard]] std::uint64_t zip_overlaps(Bytes bytes, const ZipExtent& zip);

}  // namespace immure::inspect
