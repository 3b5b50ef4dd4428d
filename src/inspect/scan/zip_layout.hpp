/// Reads the headers of a zip. A zip says everything twice, in front of each member and in its directory, and programs
/// differ in which of the two they believe. libarchive reads the members (archive.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "inspect/scan/findings.hpp"
#include "inspect/scan/layout.hpp"

namespace immure::inspect {

/// Where a zip begins and ends, as the zip directory at the end of a file says. The size is 0 if there is no such
/// directory.
struct ZipExtent {
  std::uint64_t start = 0, size = 0;
  /// Where the directory lies in the file, its size, and how many entries the directory claims to have.
  std::uint64_t directory = 0, directory_size = 0, entries = 0;
  std::uint64_t comment = 0;  ///< the size of the comment at the end
};
/// If `empty`, a zip without members counts, too.
[[nodiscard]] ZipExtent zip_extent(Bytes bytes, bool empty = false);

/// Compares each entry of the directory with the header in front of its member, checks both names, and adds findings
/// for what differs, for members that share bytes, and for entries that the directory does not list. Returns the parts
/// of the zip that belong to no member. Findings are about `where`, the path of the zip.
[[nodiscard]] std::vector<Part> check_zip(Bytes bytes, const ZipExtent& zip, const std::string& where,
                                          FileResult& result);

}  // namespace immure::inspect
