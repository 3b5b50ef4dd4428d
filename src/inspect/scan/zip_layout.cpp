#include "inspect/scan/zip_layout.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace immure::inspect {
namespace {

/// Reads a little-endian number. Bytes beyond the end of the text count as zero.
std::uint64_t number(std::string_view text, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) {
    const std::uint8_t byte = at + i < text.size() ? static_cast<std::uint8_t>(text[at + i]) : 0;
    value = value << 8U | byte;
  }
  return value;
}

}  // namespace

ZipExtent zip_extent(Bytes bytes) {
  constexpr std::size_t kRecord = 22, kLongestComment = 65535;
  const std::string_view text = as_text(bytes);
  if (text.size() < kRecord) return {};
  const std::size_t lowest = text.size() > kRecord + kLongestComment ? text.size() - kRecord - kLongestComment : 0;
  const std::string_view tail = text.substr(lowest);
  for (std::size_t found = tail.rfind("PK\x05\x06"); found != std::string_view::npos;
       found = tail.rfind("PK\x05\x06", found - 1)) {
    const std::size_t at = lowest + found;
    if (at + kRecord <= text.size()) {
      const std::uint64_t entries = number(text, at + 10, 2), directory = number(text, at + 12, 4),
                          offset = number(text, at + 16, 4);
      const std::uint64_t comment = number(text, at + 20, 2);
      const bool plausible = entries > 0 && directory + offset <= at && at + kRecord + comment <= text.size();
      if (plausible && text.substr(at - directory, 4) == "PK\x01\x02") {
        const std::uint64_t start = at - directory - offset;
        return {start, at + kRecord + comment - start, at - directory, entries};
      }
    }
    if (found == 0) break;
  }
  return {};
}

std::uint64_t zip_overlaps(Bytes bytes, const ZipExtent& zip) {
  constexpr std::size_t kLocal = 30, kCentral = 46;
  constexpr std::uint64_t kElsewhere = 0xFFFFFFFF;
  const std::string_view text = as_text(bytes);
  // The start and the end of each member.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
  std::uint64_t at = zip.directory;
  for (std::uint64_t i = 0; i < zip.entries; ++i) {
    if (at + kCentral > text.size() || text.substr(at, 4) != "PK\x01\x02") break;
    const std::uint64_t size = number(text, at + 20, 4), offset = number(text, at + 42, 4);
    at += kCentral + number(text, at + 28, 2) + number(text, at + 30, 2) + number(text, at + 32, 2);
    const std::uint64_t start = zip.start + offset;
    if (size == kElsewhere || offset == kElsewhere || start + kLocal > text.size()) continue;
    places.emplace_back(start, start + kLocal + number(text, start + 26, 2) + number(text, start + 28, 2) + size);
  }
  std::ranges::sort(places);
  std::uint64_t overlaps = 0, end = 0;
  for (const auto& [start, stop] : places) {
    if (start < end) ++overlaps;
    end = std::max(end, stop);
  }
  return overlaps;
}

}  // namespace immure::inspect
