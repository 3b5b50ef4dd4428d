#include "inspect/scan/layout.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "inspect/scan/udf.hpp"

namespace immure::inspect {
namespace {

/// A few bytes at a place, copied. Bytes that are missing are zero.
template <std::size_t kSize>
std::array<unsigned char, kSize> read(ByteSource& source, std::uint64_t offset) {
  std::array<unsigned char, kSize> out{};
  std::size_t done = 0;
  while (done < kSize) {
    const Bytes block = source.at(offset + done);
    if (block.empty()) break;
    const std::size_t count = std::min(block.size(), kSize - done);
    std::ranges::transform(block.first(count), out.begin() + static_cast<std::ptrdiff_t>(done),
                           [](std::byte byte) { return std::to_integer<unsigned char>(byte); });
    done += count;
  }
  return out;
}

std::uint64_t little(std::span<const unsigned char> bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8U | bytes[at + i];
  return value;
}

std::uint64_t big(std::span<const unsigned char> bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8U | bytes[at + i];
  return value;
}

constexpr std::uint64_t kSector = 2048, kFirstDescriptor = 16;

std::uint64_t seven_zip_end(ByteSource& source) {
  constexpr std::uint64_t kHeader = 32;
  const auto header = read<kHeader>(source, 0);
  const std::uint64_t offset = little(header, 12, 8), size = little(header, 20, 8);
  return offset > source.size() || size > source.size() ? 0 : kHeader + offset + size;
}

std::uint64_t iso_end(ByteSource& source) {
  const auto descriptor = read<kSector>(source, kFirstDescriptor * kSector);
  return little(descriptor, 80, 4) * std::max<std::uint64_t>(little(descriptor, 128, 2), 512);
}

/// Reads one tree of directories of an ISO 9660 image.
class IsoTree {
 public:
  using Extent = std::pair<std::uint64_t, std::uint64_t>;  ///< place and size

  IsoTree(ByteSource& source, std::span<const unsigned char> root, bool wide) : source_(source), wide_(wide) {
    directory(little(root, 2, 4), little(root, 10, 4), {}, 0);
  }
  std::set<Extent> extents;
  std::vector<Part> files;
  bool rock_ridge = false;

 private:
  static constexpr std::size_t kDeepest = 32, kMostRecords = 200'000;

  void directory(std::uint64_t sector, std::uint64_t size, const std::string& path, std::size_t depth) {
    if (depth > kDeepest || !seen_.insert(sector).second) return;
    const std::uint64_t start = sector * kSector;
    for (std::uint64_t at = 0; at + 33 < size && start + at < source_.size() && records_ < kMostRecords;) {
      const auto record = read<255>(source_, start + at);
      // A record never crosses the end of a sector, and zeros fill the rest.
      if (record[0] < 34) {
        at = (at / kSector + 1) * kSector;
        continue;
      }
      ++records_;
      one(record, path, depth);
      at += record[0];
    }
  }

  void one(std::span<const unsigned char> record, const std::string& path, std::size_t depth) {
    const std::size_t length = std::min<std::size_t>(record[32], record[0] - 33U);
    const std::uint64_t sector = little(record, 2, 4), size = little(record, 10, 4);
    const std::string_view all(reinterpret_cast<const char*>(record.data()), record[0]);
    if (length == 1 && record[33] <= 1) {
      if (all.substr(34).starts_with("SP\x07\x01\xBE\xEF") || all.find("RR\x05\x01") != std::string_view::npos)
        rock_ridge = true;
      return;
    }
    std::string name = path;
    for (std::size_t i = 0; i < length; ++i) {
      const unsigned char c = record[33 + i];
      if (!wide_ || i % 2 == 1) name += static_cast<char>(c);
    }
    constexpr unsigned kDirectory = 2;
    if ((record[25] & kDirectory) != 0) return directory(sector, size, name + "/", depth + 1);
    if (size == 0 || !extents.emplace(sector * kSector, size).second) return;
    files.push_back({sector * kSector, size, name});
  }

  ByteSource& source_;
  bool wide_;
  std::set<std::uint64_t> seen_;
  std::size_t records_ = 0;
};

}  // namespace

std::uint64_t end_by_header(Container container, ByteSource& source) {
  switch (container) {
    case Container::kSevenZip: return seven_zip_end(source);
    case Container::kCab: return little(read<12>(source, 0), 8, 4);
    case Container::kIso: return iso_end(source);
    default: return 0;
  }
}

Walked walk_rpm(const Walk& walk) {
  constexpr std::uint64_t kLead = 96, kHeader = 16, kEntry = 16, kAlign = 8;
  ByteSource source(walk.bytes);
  std::uint64_t at = kLead;
  for (const bool signature : {true, false}) {
    const auto header = read<kHeader>(source, at);
    const std::uint64_t entries = big(header, 8, 4), size = big(header, 12, 4);
    if (header[0] != 0x8E || header[1] != 0xAD || header[2] != 0xE8 || entries > 0xFFFFFF || size > walk.bytes.size) {
      walk.result.add(Rule::kArchiveMalformed, walk.where, "a header of the package cannot be read");
      return {};
    }
    at += kHeader + kEntry * entries + size;
    if (signature) at = (at + kAlign - 1) / kAlign * kAlign;
  }
  if (at >= walk.bytes.size) {
    walk.result.add(Rule::kArchiveMalformed, walk.where, "the package has no payload");
    return {};
  }
  pass_on_part(walk, source, at, walk.bytes.size - at, "payload");
  return {.whole = true, .end = walk.bytes.size};
}

IsoViews iso_views(ByteSource& source) {
  constexpr std::uint64_t kMostDescriptors = 64;
  constexpr unsigned char kPrimary = 1, kSupplementary = 2;
  IsoViews views;
  std::vector<IsoTree> trees;
  for (std::uint64_t i = 0; i < kMostDescriptors; ++i) {
    const auto descriptor = read<kSector>(source, (kFirstDescriptor + i) * kSector);
    const std::string_view mark(reinterpret_cast<const char*>(descriptor.data()) + 1, 5);
    if (mark == "NSR02" || mark == "NSR03") views.udf = true;
    if (mark != "CD001") {
      if (mark != "BEA01" && mark != "TEA01" && mark != "BOOT2" && !views.udf) break;
      if (mark == std::string_view("\0\0\0\0\0", 5)) break;
      continue;
    }
    if (descriptor[0] != kPrimary && descriptor[0] != kSupplementary) continue;
    const bool wide = descriptor[0] == kSupplementary && descriptor[88] == '%' && descriptor[89] == '/';
    trees.emplace_back(source, std::span(descriptor).subspan(156, 34), wide);
  }
  if (trees.empty()) return views;
  // libarchive reads the primary directory if it has names of Rock Ridge, and otherwise the one of Joliet.
  const std::size_t read_one = trees.front().rock_ridge || trees.size() < 2 ? 0 : 1;
  std::set<IsoTree::Extent> known = trees[read_one].extents;
  const auto add = [&](std::vector<Part>& files) {
    for (Part& file : files) {
      if (known.emplace(file.offset, file.size).second) views.files.push_back(std::move(file));
    }
  };
  for (IsoTree& tree : trees) add(tree.files);
  if (views.udf) {
    if (auto files = udf_files(source)) {
      add(*files);
      views.udf = false;
    }
  }
  for (const auto& [offset, size] : known) views.known.push_back({offset, size, {}});
  return views;
}

}  // namespace immure::inspect
