/// What a file really is, told from its first bytes by an own table: no parser is involved yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace immure::inspect {

using Bytes = std::span<const std::byte>;
[[nodiscard]] inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// What kind of thing a type is; decides what is said about a name that does not fit.
enum class Group : std::uint8_t {
  kUnknown,
  kEmpty,
  kText,
  kScript,
  kProgram,
  kDocument,
  kImage,
  kMedia,
  kContainer,
  kData
};

/// How a container is opened (archive.cpp); one parser each, so that a file meets no parser but the one of its type.
enum class Container : std::uint8_t {
  kNone,
  kZip,
  kTar,
  kSevenZip,
  kRar,
  kRar5,
  kCpio,
  kIso,
  kAr,
  kCab,
  kRpm,
  kGzip,
  kBzip2,
  kXz,
  kLzma,
  kZstd,
  kLz4,
};

struct FileType {
  std::string_view name;  ///< short and stable: `zip`, `elf`, `text`
  std::string_view mime;
  Group group;
  std::string_view extensions;  ///< those it goes by, blank-separated
  Container container = Container::kNone;
};

/// The table; index 0 is `unknown`.
[[nodiscard]] std::span<const FileType> file_types();

/// How many bytes of a file detect() looks at: ISO 9660 has its mark at 32769.
inline constexpr std::size_t kTypePrefix = 40 * 1024;

/// The index of the type of a file that begins with `prefix` (all of it, or at least kTypePrefix bytes).
[[nodiscard]] std::uint16_t detect(Bytes prefix);

/// How the extension of a name fits the detected type.
enum class Fit : std::uint8_t { kFits, kOtherType, kDisguisedProgram };
[[nodiscard]] Fit fit(std::string_view name, std::uint16_t type);

}  // namespace immure::inspect
