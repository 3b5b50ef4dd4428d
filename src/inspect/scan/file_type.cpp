#include "inspect/scan/file_type.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "inspect/report/escape.hpp"
#include "inspect/scan/names.hpp"
#include "inspect/scan/packed_type.hpp"
#include "inspect/scan/text_content.hpp"
#include "inspect/scan/type_table.hpp"

namespace immure::inspect {
namespace {

constexpr std::uint16_t kNotThis = 0xFFFF;

constexpr std::uint16_t index_of(std::string_view name) {
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    if (kTypes[i].name == name) return static_cast<std::uint16_t>(i);
  }
  // This throw can only happen at compile time: every caller is constexpr or passes a name of the table.
  throw "no such type";
}

bool has(std::string_view text, std::size_t offset, std::string_view magic) {
  return text.size() >= offset + magic.size() && text.substr(offset, magic.size()) == magic;
}

std::uint32_t big32(std::string_view text, std::size_t offset) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8U | static_cast<unsigned char>(text[offset + i]);
  return value;
}

// An old tar has no magic bytes. Its header's checksum serves instead: the sum of all bytes, with blanks in the
// checksum's own field (POSIX ustar).
bool is_tar(std::string_view text) {
  constexpr std::size_t kHeader = 512, kField = 148, kFieldSize = 8;
  if (text.size() < kHeader || text[0] == '\0') return false;
  std::uint32_t sum = 0, stored = 0;
  for (std::size_t i = 0; i < kHeader; ++i) {
    sum += i >= kField && i < kField + kFieldSize ? ' ' : static_cast<unsigned char>(text[i]);
  }
  bool digits = false;
  for (const char c : text.substr(kField, kFieldSize)) {
    if (c == ' ' && !digits) continue;
    if (c < '0' || c > '7') break;
    stored = stored * 8 + static_cast<std::uint32_t>(c - '0');
    digits = true;
  }
  return digits && stored == sum;
}

/// The next local header of a zip after `at`.
std::size_t next_member(std::string_view text, std::size_t at) {
  return std::min(text.find("PK\x03\x04", at), text.size());
}

// The names of a zip's members tell which kind of document or program the zip is, wherever in the zip they stand.
std::uint16_t zip_flavour(std::string_view text) {
  constexpr std::size_t kName = 30;
  if (has(text, kName, "mimetype") && text.size() > kName) {
    const std::size_t extra = static_cast<unsigned char>(text[28]) + 256U * static_cast<unsigned char>(text[29]);
    if (has(text, kName + 8 + extra, "application/epub+zip")) return index_of("epub");
    if (has(text, kName + 8 + extra, "application/vnd.oasis.opendocument")) return index_of("odf");
  }
  constexpr std::pair<std::string_view, std::string_view> kTelling[] = {
      {"[Content_Types].xml", "ooxml"},   {"_rels/.rels", "ooxml"},         {"AndroidManifest.xml", "apk"},
      {"META-INF/container.xml", "epub"}, {"META-INF/manifest.xml", "odf"}, {"META-INF/MANIFEST.MF", "jar"},
  };
  for (std::size_t at = next_member(text, 0); at < text.size(); at = next_member(text, at + 4)) {
    for (const auto& [name, type] : kTelling) {
      if (has(text, at + kName, name)) return index_of(type);
    }
    const std::string_view name = text.substr(std::min(at + kName, text.size()), 256);
    if (name.find("/data.pkl") != std::string_view::npos) return index_of("torch");
  }
  return has(text, kName, "META-INF/") ? index_of("jar") : index_of("zip");
}

std::uint16_t program_flavour(std::string_view text) {
  constexpr std::size_t kPointer = 0x3C;
  if (text.size() < kPointer + 4) return index_of("dos");
  std::size_t header = 0;
  for (std::size_t i = 4; i-- > 0;) header = header << 8U | static_cast<unsigned char>(text[kPointer + i]);
  return has(text, header, std::string_view("PE\0\0", 4)) ? index_of("pe") : index_of("dos");
}

std::uint16_t riff_flavour(std::string_view text) {
  if (has(text, 8, "WAVE")) return index_of("wav");
  if (has(text, 8, "AVI ")) return index_of("avi");
  if (has(text, 8, "WEBP")) return index_of("webp");
  return index_of("riff");
}

std::uint16_t box_flavour(std::string_view text) {
  const std::string_view brand = text.substr(8, 4);
  if (brand == "heic" || brand == "heix" || brand == "mif1") return index_of("heif");
  if (brand == "avif") return index_of("avif");
  return index_of("mp4");
}

// CAFEBABE begins Java classes and universal Mach-O files. The next number is a version of at least 45 in a Java class,
// and a small count of architectures in a Mach-O file.
std::uint16_t cafebabe_flavour(std::string_view text) {
  return text.size() >= 8 && big32(text, 4) < 45 ? index_of("macho") : index_of("class");
}

// "BM" begins ordinary words, too. In a bitmap the reserved fields are zero, and the header has one of a few sizes.
std::uint16_t bitmap_or_not(std::string_view text) {
  constexpr std::size_t kHeaderSize = 14;
  const bool reserved = has(text, 6, std::string_view("\0\0\0\0", 4));
  const bool sized =
      has(text, kHeaderSize + 1, std::string_view("\0\0\0", 3)) && text[kHeaderSize] >= 12 && text[kHeaderSize] <= 124;
  return reserved && sized ? index_of("bmp") : kNotThis;
}

// The magic number of CPython is between 3000 and 4095, little-endian.
std::uint16_t bytecode_or_not(std::string_view text) {
  return text.size() >= 16 && text[1] >= 0x0B && text[1] <= 0x0F ? index_of("pyc") : kNotThis;
}

// The protocol is followed by an opcode that makes a container, a string or an object.
std::uint16_t pickle_or_not(std::string_view text) {
  constexpr std::string_view kOpcodes = "}](cXUNKGVIFJML\x8A\x8C\x95\x28";
  return text.size() > 3 && kOpcodes.find(text[2]) != std::string_view::npos ? index_of("pickle") : kNotThis;
}

std::uint16_t gzip_or_not(std::string_view text) {
  return text.size() < 3 || text[2] == '\x08' ? index_of("gzip") : kNotThis;
}

// A block, or the end of an empty stream, follows the level of compression.
std::uint16_t bzip2_or_not(std::string_view text) {
  const bool level = text.size() < 4 || (text[3] >= '1' && text[3] <= '9');
  const bool block = text.size() < 5 || text[4] == '\x31' || text[4] == '\x17';
  return level && block ? index_of("bzip2") : kNotThis;
}

std::uint16_t skippable_frame(std::string_view text) {
  switch (after_skippable_frames(text)) {
    case Container::kZstd: return index_of("zstd");
    case Container::kLz4: return index_of("lz4");
    default: return text.starts_with("\x28\xB5\x2F\xFD") ? index_of("zstd") : kNotThis;
  }
}

std::uint16_t compress_or_not(std::string_view text) { return is_compress(text) ? index_of("compress") : kNotThis; }

// The method of LHA stands between two dashes, and is followed by sizes and a level of the header.
std::uint16_t lzh_or_not(std::string_view text) {
  constexpr std::size_t kMethodEnd = 6, kLevel = 20;
  return has(text, kMethodEnd, "-") && text.size() > kLevel && text[kLevel] >= 0 && text[kLevel] <= 3 ? index_of("lzh")
                                                                                                      : kNotThis;
}

// The three letters also begin texts. The version and the length of the whole film follow them.
std::uint16_t film_or_not(std::string_view text) {
  return text.size() >= 8 && text[3] > 0 && text[3] < 60 ? index_of("swf") : kNotThis;
}

using Flavour = std::uint16_t (*)(std::string_view);
struct FlavourRow {
  std::uint16_t type;
  Flavour flavour;
};
constexpr FlavourRow kFlavours[] = {
    {index_of("zip"), zip_flavour},     {index_of("dos"), program_flavour},      {index_of("riff"), riff_flavour},
    {index_of("mp4"), box_flavour},     {index_of("class"), cafebabe_flavour},   {index_of("bmp"), bitmap_or_not},
    {index_of("pyc"), bytecode_or_not}, {index_of("pickle"), pickle_or_not},     {index_of("gzip"), gzip_or_not},
    {index_of("bzip2"), bzip2_or_not},  {index_of("zstd"), skippable_frame},     {index_of("lzh"), lzh_or_not},
    {index_of("swf"), film_or_not},     {index_of("compress"), compress_or_not},
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool starts_ignoring_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && std::ranges::equal(text.substr(0, start.size()), start, {}, lower);
}

std::uint16_t text_flavour(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.starts_with("#!")) return index_of("script");
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return index_of("text");
  text.remove_prefix(start);
  for (const TextMark& mark : kTextMarks) {
    if (starts_ignoring_case(text, mark.start)) return index_of(mark.type);
  }
  return index_of("text");
}

bool goes_by(const FileType& type, std::string_view ext) {
  std::string_view rest = type.extensions;
  while (!rest.empty()) {
    const std::size_t blank = rest.find(' ');
    if (rest.substr(0, blank) == ext) return true;
    if (blank == std::string_view::npos) return false;
    rest.remove_prefix(blank + 1);
  }
  return false;
}

/// True for formats of which a whole file can be a text.
bool may_be_text(const FileType& type) {
  constexpr auto kTexts = std::to_array<std::string_view>({"ar", "cpio", "deb", "pdf", "postscript", "rtf"});
  return std::ranges::find(kTexts, type.name) != kTexts.end();
}

bool harmless(Group group) {
  return group == Group::kText || group == Group::kDocument || group == Group::kImage || group == Group::kMedia;
}

}  // namespace

std::span<const FileType> file_types() { return kTypes; }

std::uint16_t detect(Bytes prefix) {
  const std::string_view text = as_text(prefix);
  if (text.empty()) return index_of("empty");
  const std::string_view beginning = text.substr(0, kTypePrefix);
  const bool cut = text.size() >= kTypePrefix;
  for (const MagicBytes& magic : kMagics) {
    if (!has(text, magic.offset, magic.bytes)) continue;
    const std::uint16_t type = index_of(magic.type);
    const auto row = std::ranges::find(kFlavours, type, &FlavourRow::type);
    const std::uint16_t flavour = row != std::ranges::end(kFlavours) ? row->flavour(text) : type;
    if (flavour == kNotThis) continue;
    // Words begin texts, too: `MZ`, `ID3`, `GIF89a`. No file of a binary format is a clean text.
    if (!may_be_text(kTypes[flavour]) && is_clean_text(beginning, cut)) break;
    return flavour;
  }
  if (is_tar(text)) return index_of("tar");
  switch (text_kind(beginning, cut)) {
    case TextKind::kUtf8: return text_flavour(beginning);
    case TextKind::kUtf16: return index_of("text-utf16");
    case TextKind::kUtf32: return index_of("text-utf32");
    case TextKind::k8Bit:
      return text_flavour(beginning) == index_of("text") ? index_of("text-8bit") : text_flavour(beginning);
    case TextKind::kNone: break;
  }
  if (is_zlib(text)) return index_of("zlib");
  return is_lzma_alone(text) ? index_of("lzma") : 0;
}

Fit fit(std::string_view name, std::uint16_t type) {
  const std::string ext = extension(name);
  const FileType& found = kTypes[type];
  if (ext.empty() || type == 0 || found.group == Group::kEmpty || goes_by(found, ext)) return Fit::kFits;
  const auto expected = std::ranges::find_if(kTypes, [&](const FileType& row) { return goes_by(row, ext); });
  if (expected == kTypes.end()) return Fit::kFits;
  const bool program = found.group == Group::kProgram || found.group == Group::kScript;
  if (program && harmless(expected->group) && !(found.group == Group::kScript && expected->group == Group::kText)) {
    return Fit::kDisguisedProgram;
  }
  // Any text may have the name of any kind of text. And a file that is not recognised may still be a text.
  const auto textual = [](Group group) { return group == Group::kText || group == Group::kScript; };
  if (textual(found.group) && textual(expected->group)) return Fit::kFits;
  return Fit::kOtherType;
}

}  // namespace immure::inspect
