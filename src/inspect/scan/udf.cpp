#include "inspect/scan/udf.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "text/utf8.hpp"

namespace immure::inspect {
namespace {

constexpr std::uint64_t kSector = 2048;

std::uint64_t little(std::string_view text, std::uint64_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;)
    value = value << 8U | (at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U);
  return value;
}

/// The kinds of descriptors, which their tags name.
enum Tag : std::uint16_t {
  kAnchor = 2,
  kPartition = 5,
  kLogicalVolume = 6,
  kTerminating = 8,
  kFileSet = 256,
  kFileIdentifier = 257,
  kFileEntry = 261,
  kExtendedFileEntry = 266,
};

struct Extent {
  std::uint64_t place = 0, size = 0;
};

class Volume {
 public:
  explicit Volume(ByteSource& source) : source_(source) {}

  std::optional<std::vector<Part>> files() {
    const std::string anchor = bytes({256 * kSector, kSector});
    if (little(anchor, 0, 2) != kAnchor || !volume({little(anchor, 20, 4) * kSector, little(anchor, 16, 4)}))
      return std::nullopt;
    const std::string set = bytes({block(file_set_), kSector});
    if (little(set, 0, 2) != kFileSet) return std::nullopt;
    if (!directory(little(set, 404, 4), {}, 0)) return std::nullopt;
    return std::move(files_);
  }

 private:
  static constexpr std::size_t kDeepest = 64, kMostEntries = 200'000;
  static constexpr std::uint64_t kLargestDirectory = 16U << 20;

  [[nodiscard]] std::uint64_t block(std::uint64_t number) const { return partition_ + number * kSector; }

  std::string bytes(Extent extent) {
    if (extent.place >= source_.size()) return {};
    const Bytes part =
        source_.part(extent.place, std::min(extent.size, source_.size() - extent.place), kLargestDirectory);
    return std::string(as_text(part));
  }

  /// Reads the descriptors of the volume. Returns false if the volume has more than one plain partition.
  bool volume(Extent descriptors) {
    constexpr std::uint64_t kMostDescriptors = 64;
    bool partition = false, logical = false;
    for (std::uint64_t i = 0; i < std::min(descriptors.size / kSector, kMostDescriptors); ++i) {
      const std::string one = bytes({descriptors.place + i * kSector, kSector});
      switch (little(one, 0, 2)) {
        case kPartition:
          if (partition) return false;
          partition = true;
          partition_ = little(one, 188, 4) * kSector;
          break;
        case kLogicalVolume:
          // A plain partition map has type 1; maps of type 2 stand for virtual, sparable and metadata partitions.
          if (little(one, 212, 4) != kSector || little(one, 268, 4) != 1 || little(one, 440, 1) != 1) return false;
          file_set_ = little(one, 252, 4);
          logical = true;
          break;
        case kTerminating: return partition && logical;
        default: break;
      }
    }
    return partition && logical;
  }

  struct File {
    bool is_directory = false;
    std::uint64_t size = 0;
    Extent extent;
  };

  /// Reads the entry of a file. nullopt if the file lies in several places.
  std::optional<File> file(std::uint64_t number) {
    const std::string entry = bytes({block(number), kSector});
    const std::uint64_t tag = little(entry, 0, 2);
    if (tag != kFileEntry && tag != kExtendedFileEntry) return std::nullopt;
    constexpr std::uint64_t kDirectoryType = 4;
    File file{.is_directory = little(entry, 27, 1) == kDirectoryType, .size = little(entry, 56, 8), .extent = {}};
    const std::uint64_t lengths = tag == kFileEntry ? 168 : 208;
    const std::uint64_t at = lengths + 8 + little(entry, lengths, 4), size = little(entry, lengths + 4, 4);
    const std::uint64_t form = little(entry, 34, 2) & 7U;
    if (at + size > entry.size()) return std::nullopt;
    if (form == 3) {  // the content stands in the entry itself
      file.extent = {block(number) + at, size};
      return file;
    }
    if (form > 1) return std::nullopt;
    const std::uint64_t width = form == 0 ? 8 : 16;
    for (std::uint64_t one = at; one + width <= at + size; one += width) {
      const std::uint64_t length = little(entry, one, 4) & 0x3FFFFFFFU, place = block(little(entry, one + 4, 4));
      if (length == 0) break;
      if (file.extent.size == 0) file.extent.place = place;
      if (file.extent.place + file.extent.size != place || (little(entry, one, 4) >> 30U) != 0) return std::nullopt;
      file.extent.size += length;
    }
    return file.extent.size < file.size ? std::nullopt : std::optional(file);
  }

  static std::string name_of(std::string_view identifier) {
    std::string name;
    const bool wide = identifier.starts_with('\x10');
    for (std::size_t i = 1; i + (wide ? 1 : 0) < identifier.size(); i += wide ? 2 : 1) {
      const auto c = static_cast<char32_t>(wide ? static_cast<unsigned char>(identifier[i]) * 256U +
                                                      static_cast<unsigned char>(identifier[i + 1])
                                                : static_cast<unsigned char>(identifier[i]));
      text::append_utf8(name, text::is_surrogate(c) ? 0xFFFD : c);
    }
    return name;
  }

  bool directory(std::uint64_t number, const std::string& path, std::size_t depth) {
    if (depth > kDeepest || entries_ > kMostEntries) return false;
    if (!seen_.insert(number).second) return true;
    const auto found = file(number);
    if (!found || !found->is_directory || found->size > kLargestDirectory) return false;
    const std::string listing = bytes({found->extent.place, found->size});
    constexpr std::uint64_t kFixed = 38, kDeleted = 4, kParent = 8, kDirectory = 2;
    for (std::uint64_t at = 0; at + kFixed <= listing.size();) {
      if (little(listing, at, 2) != kFileIdentifier) return false;
      ++entries_;
      const std::uint64_t flags = little(listing, at + 18, 1), name_size = little(listing, at + 19, 1),
                          use = little(listing, at + 36, 2), entry = little(listing, at + 24, 4);
      const std::string name = path + name_of(std::string_view(listing).substr(
                                          std::min<std::uint64_t>(at + kFixed + use, listing.size()), name_size));
      at += (kFixed + use + name_size + 3) / 4 * 4;
      if ((flags & (kDeleted | kParent)) != 0) continue;
      if ((flags & kDirectory) != 0) {
        if (!directory(entry, name + "/", depth + 1)) return false;
        continue;
      }
      const auto one = file(entry);
      if (!one) return false;
      if (one->size > 0) files_.push_back({one->extent.place, one->size, name});
    }
    return true;
  }

  ByteSource& source_;
  std::uint64_t partition_ = 0, file_set_ = 0;
  std::size_t entries_ = 0;
  std::set<std::uint64_t> seen_;
  std::vector<Part> files_;
};

}  // namespace

std::optional<std::vector<Part>> udf_files(ByteSource& source) { return Volume(source).files(); }

}  // namespace immure::inspect
