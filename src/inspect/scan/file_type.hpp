/// Recognises a file's real type from its first bytes, with a table of our own. No parser is involved at this point.
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

/// The kind of thing that a type is. The group decides what a finding says about a name that does not fit.
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

/// How a container is opened (archive.cpp). Each type has one parser, so that a file reaches no other parser.
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
  kPdf,  ///< the first of the documents, which are more than their members
  kPng,
  kJpeg,
  kOle,  ///< the last of the documents
  kGzip,
  kBzip2,
  kXz,
  kLzma,
  kZstd,
  kLz4,
  kLzip,
  kLz4Legacy,
  kZlib,
  kCompress,  ///< the last of the streams, which begin with kGzip
};

/// True for a container whose bytes are no more than its members and their names. A document is more.
[[nodiscard]] constexpr bool is_only_members(Container container) {
  return container != Container::kNone && (container < Container::kPdf || container > Container::kOle);
}

struct FileType {
  std::string_view name;  ///< a short name that never changes: `zip`, `elf`, `text`
  std::string_view mime;
  Group group;
  std::string_view extensions;  ///< the extensions that files of this type use, separated by blanks
  Container container = Container::kNone;
};

/// The table of types. Index 0 is `unknown`.
[[nodiscard]] std::span<const FileType> file_types();

/// The number of bytes of a file that detect() looks at. The mark of ISO 9660 is at 32769.
inline constexpr std::size_t kTypePrefix = 40 * 1024;

/// The index of the type of a file that begins with `prefix`. The prefix must be the whole file, or have at least
/// kTypePrefix bytes.
[[nodiscard]] std::uint16_t detect(Bytes prefix);

/// How the extension of a name fits the detected type.
enum class Fit : std::uint8_t { kFits, kOtherType, kDisguisedProgram };
[[nodiscard]] Fit fit(std::string_view name, std::uint16_t type);

}  // namespace immure::inspect
