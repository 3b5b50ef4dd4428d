#include "inspect/scan/file_type.hpp"

#include <algorithm>
#include <array>

#include "inspect/report/escape.hpp"
#include "inspect/scan/names.hpp"
#include "inspect/scan/type_table.hpp"
#include "text/utf8.hpp"

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

// The names of a zip's first members tell which kind of document the zip is.
std::uint16_t zip_flavour(std::string_view text) {
  constexpr std::size_t kName = 30;
  const std::string_view names = text.substr(0, std::min<std::size_t>(text.size(), 8192));
  if (has(text, kName, "mimetype")) {
    if (has(text, kName + 8, "application/epub+zip")) return index_of("epub");
    if (has(text, kName + 8, "application/vnd.oasis.opendocument")) return index_of("odf");
  }
  if (has(text, kName, "[Content_Types].xml") || has(text, kName, "_rels/.rels")) return index_of("ooxml");
  if (names.find("AndroidManifest.xml") != std::string_view::npos) return index_of("apk");
  if (has(text, kName, "META-INF/")) return index_of("jar");
  if (names.find("/data.pkl") != std::string_view::npos) return index_of("torch");
  return index_of("zip");
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

using Flavour = std::uint16_t (*)(std::string_view);
struct FlavourRow {
  std::uint16_t type;
  Flavour flavour;
};
constexpr FlavourRow kFlavours[] = {
    {index_of("zip"), zip_flavour},     {index_of("dos"), program_flavour},    {index_of("riff"), riff_flavour},
    {index_of("mp4"), box_flavour},     {index_of("class"), cafebabe_flavour}, {index_of("bmp"), bitmap_or_not},
    {index_of("pyc"), bytecode_or_not}, {index_of("pickle"), pickle_or_not},
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool starts_ignoring_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && std::ranges::equal(text.substr(0, start.size()), start, {}, lower);
}

// True for text: UTF-8, or UTF-16 with its byte order mark, without control characters but white space and escapes.
bool is_text(std::string_view text, bool cut) {
  while (!text.empty()) {
    const text::CodePoint point = text::decode(text);
    // If the prefix ends within a sequence, the cut sequence does not prove that the file is no text.
    if (!point.valid && !(cut && text.size() < 4)) return false;
    const char32_t c = point.value;
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\b' && c != 0x1B) return false;
    text.remove_prefix(point.length);
  }
  return true;
}

// True for an 8-bit text, which has no NUL and few control characters. Everything else is data.
bool is_8bit_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7F && !(byte >= 0x80 && byte < 0xA0)) || c == '\t' || c == '\n' || c == '\r' ||
           c == '\f';
  });
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

bool harmless(Group group) {
  return group == Group::kText || group == Group::kDocument || group == Group::kImage || group == Group::kMedia;
}

}  // namespace

std::span<const FileType> file_types() { return kTypes; }

std::uint16_t detect(Bytes prefix) {
  const std::string_view text = as_text(prefix);
  if (text.empty()) return index_of("empty");
  for (const Magic& magic : kMagics) {
    if (!has(text, magic.offset, magic.bytes)) continue;
    const std::uint16_t type = index_of(magic.type);
    const auto row = std::ranges::find(kFlavours, type, &FlavourRow::type);
    const std::uint16_t flavour = row != std::ranges::end(kFlavours) ? row->flavour(text) : type;
    if (flavour != kNotThis) return flavour;
  }
  if (is_tar(text)) return index_of("tar");
  const std::string_view beginning = text.substr(0, kTypePrefix);
  if (is_text(beginning, text.size() >= kTypePrefix)) return text_flavour(beginning);
  return is_8bit_text(beginning) ? index_of("text-8bit") : 0;
}

Fit fit(std::string_view name, std::uint16_t type) {
  const std::string ext = extension(name);
  const FileType& found = kTypes[type];
  if (ext.empty() || found.group == Group::kEmpty || goes_by(found, ext)) return Fit::kFits;
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
