#include "inspect/scan/zip_layout.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "inspect/scan/names.hpp"

namespace immure::inspect {
namespace {

constexpr std::uint64_t kRecord = 22, kLocal = 30, kCentral = 46, kLongestComment = 65535, kIn64Bits = 0xFFFFFFFF;
constexpr std::uint64_t kDescriptorFlag = 1U << 3U;

/// Reads a little-endian number. Bytes beyond the end of the text count as zero.
std::uint64_t number(std::string_view text, std::uint64_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) {
    const std::uint8_t byte = at + i < text.size() ? static_cast<std::uint8_t>(text[at + i]) : 0;
    value = value << 8U | byte;
  }
  return value;
}

std::string_view piece(std::string_view text, std::uint64_t at, std::uint64_t size) {
  return at >= text.size() ? std::string_view() : text.substr(at, size);
}

/// The place and size of the directory, and the number of its entries.
struct Directory {
  std::uint64_t entries, size, offset;
};

/// The directory that the end record at `at` names, also through the 64-bit record that a locator before it names.
Directory directory_of(std::string_view text, std::uint64_t at) {
  Directory found{number(text, at + 10, 2), number(text, at + 12, 4), number(text, at + 16, 4)};
  constexpr std::uint64_t kLocator = 20, kMany = 0xFFFF;
  const bool large = found.entries == kMany || found.size == kIn64Bits || found.offset == kIn64Bits;
  if (!large || at < kLocator || piece(text, at - kLocator, 4) != "PK\x06\x07") return found;
  const std::uint64_t record = number(text, at - kLocator + 8, 8);
  if (piece(text, record, 4) != "PK\x06\x06") return found;
  return {number(text, record + 32, 8), number(text, record + 40, 8), number(text, record + 48, 8)};
}

/// One member, by its entry in the directory.
struct Entry {
  std::uint64_t flags, method, crc, packed, size, offset;
  std::string_view name;
};

/// Takes the values that did not fit into 32 bits from the extra field.
void take_64_bits(std::string_view extra, Entry& entry) {
  while (extra.size() >= 4) {
    const std::uint64_t id = number(extra, 0, 2), size = number(extra, 2, 2);
    if (id == 1) {
      std::uint64_t at = 4;
      for (std::uint64_t* value : {&entry.size, &entry.packed, &entry.offset}) {
        if (*value != kIn64Bits) continue;
        *value = number(extra, at, 8);
        at += 8;
      }
      return;
    }
    extra.remove_prefix(std::min<std::size_t>(extra.size(), 4 + size));
  }
}

/// Where a member lies: its header, the end of its data, and the end of the record that may follow its data.
struct Place {
  std::uint64_t start, data_end, end;
};

class ZipCheck {
 public:
  ZipCheck(std::string_view text, const ZipExtent& zip, const std::string& where, FileResult& result)
      : text_(text), zip_(zip), where_(where), result_(result) {}

  std::vector<Part> run() {
    std::uint64_t at = zip_.directory;
    std::uint64_t read = 0;
    for (; read < zip_.entries; ++read) {
      if (at + kCentral > text_.size() || piece(text_, at, 4) != "PK\x01\x02") break;
      const std::uint64_t name = number(text_, at + 28, 2), extra = number(text_, at + 30, 2);
      Entry entry{number(text_, at + 8, 2),         number(text_, at + 10, 2), number(text_, at + 16, 4),
                  number(text_, at + 20, 4),        number(text_, at + 24, 4), number(text_, at + 42, 4),
                  piece(text_, at + kCentral, name)};
      take_64_bits(piece(text_, at + kCentral + name, extra), entry);
      at += kCentral + name + extra + number(text_, at + 32, 2);
      compare(entry);
    }
    if (read < zip_.entries)
      differs("the directory has " + std::to_string(read) + " entries and claims " + std::to_string(zip_.entries));
    return gaps(at);
  }

 private:
  void differs(const std::string& seen) {
    constexpr int kMost = 20;
    if (differences_++ < kMost) result_.add(Rule::kArchiveViews, where_, seen);
  }

  void compare(const Entry& entry) {
    const std::string name(entry.name);
    const std::string member = where_.empty() ? name : where_ + "!/" + name;
    const std::uint64_t start = zip_.start + entry.offset;
    if (piece(text_, start, 4) != "PK\x03\x04") return differs(name + " has no header where the directory says");
    const std::uint64_t name_size = number(text_, start + 26, 2), extra_size = number(text_, start + 28, 2);
    const std::string_view local_name = piece(text_, start + kLocal, name_size);
    Entry local{number(text_, start + 6, 2),
                number(text_, start + 8, 2),
                number(text_, start + 14, 4),
                number(text_, start + 18, 4),
                number(text_, start + 22, 4),
                0,
                local_name};
    take_64_bits(piece(text_, start + kLocal + name_size, extra_size), local);
    if (local_name != entry.name) {
      differs("the directory says " + name + ", the member's header says " + std::string(local_name));
      check_member_name(entry.name, member, result_);
      check_member_name(local_name, member, result_);
    }
    const std::uint64_t data = start + kLocal + name_size + extra_size;
    std::uint64_t end = 0;
    if (__builtin_add_overflow(data, entry.packed, &end)) return differs(name + " reaches beyond the end of the zip");
    // With this flag, the sizes and the checksum follow the member.
    const Descriptor descriptor = (local.flags & kDescriptorFlag) != 0 ? descriptor_at(end, local) : Descriptor{};
    // The directory may name a newer set of flags, but encryption and the descriptor have to agree.
    constexpr std::uint64_t kTelling = 1U | kDescriptorFlag;
    if (((entry.flags ^ local.flags) & kTelling) != 0) differs(name + ": two values of its flags");
    if (entry.method != local.method) differs(name + ": two values of its method");
    if (entry.crc != local.crc) differs(name + ": two values of its checksum");
    if (entry.packed != local.packed) differs(name + ": two values of its packed size");
    if (entry.size != local.size) differs(name + ": two values of its size");
    places_.push_back({start, end, end + descriptor.size});
    if (end > text_.size()) differs(name + " reaches beyond the end of the zip");
  }

  struct Descriptor {
    std::uint64_t size = 0;
  };

  /// Reads the record that follows a member, and takes its values for those that the header leaves out. Its numbers
  /// have four or eight bytes, and only what follows the record tells which.
  [[nodiscard]] Descriptor descriptor_at(std::uint64_t at, Entry& local) const {
    constexpr std::uint64_t kShort = 12, kLong = 20;
    const std::uint64_t mark = piece(text_, at, 4) == "PK\x07\x08" ? 4 : 0;
    const bool is_long = piece(text_, at + mark + kShort, 2) != "PK" && piece(text_, at + mark + kLong, 2) == "PK";
    const std::size_t width = is_long ? 8 : 4;
    if (local.crc == 0) local.crc = number(text_, at + mark, 4);
    if (local.packed == 0 || local.packed == kIn64Bits) local.packed = number(text_, at + mark + 4, width);
    if (local.size == 0 || local.size == kIn64Bits) local.size = number(text_, at + mark + 4 + width, width);
    return {mark + (is_long ? kLong : kShort)};
  }

  /// The parts between the members, and between the last of them and the directory.
  std::vector<Part> gaps(std::uint64_t directory_end) {
    std::ranges::sort(places_, {}, &Place::start);
    std::vector<Part> parts;
    std::uint64_t overlaps = 0, data_end = 0, end = zip_.start;
    for (const Place& place : places_) {
      if (place.start < data_end) ++overlaps;
      if (place.start > end) gap(end, place.start, parts);
      data_end = std::max(data_end, place.data_end);
      end = std::max(end, place.end);
    }
    if (overlaps > 0)
      result_.add(Rule::kArchiveOverlap, where_, std::to_string(overlaps) + " members share bytes with another");
    if (end < zip_.directory) gap(end, zip_.directory, parts);
    // Between the directory and the end record stand only a signature and the 64-bit records.
    const std::uint64_t stop = zip_.start + zip_.size - zip_.comment - kRecord;
    const std::string_view after = piece(text_, directory_end, 4);
    if (directory_end < stop && after != "PK\x06\x06" && after != "PK\x06\x07") gap(directory_end, stop, parts);
    if (zip_.comment > 0) parts.push_back({zip_.start + zip_.size - zip_.comment, zip_.comment, "(comment)"});
    return parts;
  }

  void gap(std::uint64_t start, std::uint64_t stop, std::vector<Part>& parts) {
    const std::string_view bytes = piece(text_, start, stop - start);
    const std::size_t first = bytes.find_first_not_of('\0');
    // Android's packages have their signatures in front of the directory.
    if (first == std::string_view::npos || bytes.ends_with("APK Sig Block 42")) return;
    if (bytes.find("PK\x03\x04") != std::string_view::npos)
      differs("the directory does not list what lies at " + std::to_string(start));
    else
      result_.add(Rule::kArchiveTrailing, where_, std::to_string(stop - start) + " bytes between the members");
    parts.push_back({start + first, stop - start - first, "(between the members at " + std::to_string(start) + ")"});
  }

  std::string_view text_;
  const ZipExtent& zip_;
  const std::string& where_;
  FileResult& result_;
  std::vector<Place> places_;
  int differences_ = 0;
};

}  // namespace

ZipExtent zip_extent(Bytes bytes, bool empty) {
  const std::string_view text = as_text(bytes);
  if (text.size() < kRecord) return {};
  const std::size_t lowest = text.size() > kRecord + kLongestComment ? text.size() - kRecord - kLongestComment : 0;
  const std::string_view tail = text.substr(lowest);
  for (std::size_t found = tail.rfind("PK\x05\x06"); found != std::string_view::npos;
       found = tail.rfind("PK\x05\x06", found - 1)) {
    const std::size_t at = lowest + found;
    const Directory directory = directory_of(text, at);
    const std::uint64_t comment = number(text, at + 20, 2);
    const bool plausible =
        at + kRecord + comment <= text.size() && directory.size <= at && directory.offset <= at - directory.size;
    const bool listed = directory.entries > 0 && plausible;
    // With 64-bit records, these lie between the directory and the end record.
    for (const std::uint64_t between : {std::uint64_t{0}, std::uint64_t{76}}) {
      if (!listed || directory.size + directory.offset + between > at) continue;
      const std::uint64_t place = at - between - directory.size;
      if (piece(text, place, 4) != "PK\x01\x02") continue;
      const std::uint64_t start = place - directory.offset;
      return {start, at + kRecord + comment - start, place, directory.size, directory.entries, comment};
    }
    if (empty && plausible && directory.entries == 0 && directory.size == 0)
      return {0, at + kRecord + comment, at, 0, 0, comment};
    if (found == 0) break;
  }
  return {};
}

std::vector<Part> check_zip(Bytes bytes, const ZipExtent& zip, const std::string& where, FileResult& result) {
  return ZipCheck(as_text(bytes), zip, where, result).run();
}

}  // namespace immure::inspect
