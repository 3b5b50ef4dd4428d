/// What immure records about an image when immure makes the image.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plan/plan.hpp"
#include "sys/error.hpp"

namespace immure::plan {

/// What a later run needs to use the image: the file `manifest` beside the root directory of the image.
struct ImageRecord {
  std::string boot;            ///< boot identifier of the machine when the image was made
  std::string content_sha256;  ///< digest of the contents of the root directory
  std::string program_sha256;  ///< digest of the program; `-` if the image holds more than one program's closure
  std::string stat_sha256;     ///< file::linked_stat_digest of the root directory
  std::string times_sha256;    ///< file::stat_digest of the root directory
};

[[nodiscard]] std::string record_text(const ImageRecord& record);
/// Reads a record. Returns nothing unless `text` is exactly what record_text() writes.
[[nodiscard]] std::optional<ImageRecord> parse_record(std::string_view text);

/// What people want to know of an image: the file `about` beside the root directory of the image.
struct ImageAbout {
  ImageSource source;
  std::string made_on;      ///< RFC 3339 UTC
  std::uint64_t files = 0;  ///< regular files
  std::uint64_t bytes = 0;  ///< sizes of all files together
  /// Bytes on the disk that no other image shares: directories, and files without an object.
  std::uint64_t unshared = 0;
  friend bool operator==(const ImageAbout&, const ImageAbout&) = default;
};

[[nodiscard]] std::string about_text(const ImageAbout& about);
/// Reads what about_text() writes. Returns nothing for any other text.
[[nodiscard]] std::optional<ImageAbout> parse_about(std::string_view text);

}  // namespace immure::plan
