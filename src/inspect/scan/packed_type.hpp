/// Recognises packed contents whose first bytes say too little, and checks whether a container really begins at a place
/// where its magic bytes stand.
#pragma once

#include <cstdint>
#include <string_view>

#include "inspect/scan/file_type.hpp"

namespace immure::inspect {

/// The stream that follows frames which decoders of zstd and lz4 skip: kZstd or kLz4; kNone if there are no such
/// frames.
[[nodiscard]] Container after_skippable_frames(std::string_view text);

/// True for a stream of the old format lzma, which has no magic bytes: its header is possible, and its beginning can be
/// decompressed.
[[nodiscard]] bool is_lzma_alone(std::string_view text);
/// The same for zlib, whose magic bytes are two letters in many texts.
[[nodiscard]] bool is_zlib(std::string_view text);
/// True for the header of compress(1).
[[nodiscard]] bool is_compress(std::string_view text);

/// True if a container of this kind can begin here: its header holds as far as the format has checksums, or else its
/// first bytes can be decompressed. Magic bytes alone stand in every program that knows the format.
[[nodiscard]] bool begins_container(std::string_view type, Bytes bytes);

/// What libmagic says about a content of a kind that holds other contents: archives, packed data, file systems, disk
/// images, encrypted data.
[[nodiscard]] bool describes_container(std::string_view description);

/// True if libmagic's description names a kind of file that holds no packed content and no other file.
[[nodiscard]] bool is_opaque_by_nature(std::string_view description);

/// True if much of the content looks compressed or encrypted: its bytes are as evenly spread as random ones.
[[nodiscard]] bool looks_packed(Bytes bytes);

}  // namespace immure::inspect
