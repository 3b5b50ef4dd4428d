/// Reads the headers of containers as far as it takes to see everything that is in them, and not only what one program
/// shows: where a container ends, what its other directories say, what lies between its members. The members themselves
/// are read elsewhere (archive.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "inspect/scan/archive.hpp"
#include "inspect/scan/byte_source.hpp"

namespace immure::inspect {

/// A part of a container that needs a look of its own.
struct Part {
  std::uint64_t offset = 0, size = 0;
  std::string label;
};

/// The place after the container's last byte, if its header tells; 0 if not.
[[nodiscard]] std::uint64_t end_by_header(Container container, ByteSource& source);

/// Passes on the payload of an rpm, which is a compressed cpio.
[[nodiscard]] Walked walk_rpm(const Walk& walk);

/// What an ISO 9660 image has besides the directories that are read as its members.
struct IsoViews {
  std::vector<Part> files;  ///< files of which only another directory (of Joliet, plain ISO 9660 or UDF) knows
  std::vector<Part> known;  ///< the files of all directories, by their places
  bool udf = false;         ///< the image has directories of UDF, too, in a form that is not read
};
[[nodiscard]] IsoViews iso_views(ByteSource& source);

}  // namespace immure::inspect
