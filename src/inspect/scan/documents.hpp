/// Documents and pictures that hold further contents, most of them compressed: PDF, OLE (the older formats of Office),
/// PNG. Each part is a member.
#pragma once

#include <cstdint>

#include "inspect/scan/archive.hpp"

namespace immure::inspect {

/// Decompresses the streams of a PDF. A filter that is not supported, and encryption, become findings.
[[nodiscard]] Walked walk_pdf(const Walk& walk);

/// Decompresses the chunks of a PNG that hold texts and profiles, and finds the end of the picture.
[[nodiscard]] Walked walk_png(const Walk& walk);

/// Puts the streams of an OLE document together, and decompresses the macros among them.
[[nodiscard]] Walked walk_ole(const Walk& walk);

/// Where a JPEG ends; 0 if its segments cannot be followed.
[[nodiscard]] std::uint64_t jpeg_end(Bytes bytes);

}  // namespace immure::inspect
