#include "inspect/scan/packed_type.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include <zlib.h>

#include "inspect/scan/stream.hpp"
#include "text/hex.hpp"

namespace immure::inspect {
namespace {

std::uint64_t little(std::string_view text, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;)
    value = value << 8U | (at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U);
  return value;
}

bool has(std::string_view text, std::size_t at, std::string_view magic) {
  return text.size() >= at + magic.size() && text.substr(at, magic.size()) == magic;
}

Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::uint32_t crc(std::string_view text) {
  return static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
}

bool begins_zip(std::string_view text) {
  constexpr std::size_t kHeader = 30;
  constexpr std::uint64_t kNewestVersion = 63, kLongestName = 4096;
  if (!has(text, 0, "PK\x03\x04") || text.size() < kHeader) return false;
  const std::uint64_t name = little(text, 26, 2), flags = little(text, 6, 2), packed = little(text, 18, 4);
  constexpr std::uint64_t kSizeFollows = 1U << 3U, kIn64Bits = 0xFFFFFFFF;
  const bool printable = std::ranges::none_of(text.substr(kHeader, name), [](char c) { return c >= 0 && c < 0x20; });
  if (!printable || ((flags & kSizeFollows) == 0 && packed != kIn64Bits && packed > text.size())) return false;
  return (little(text, 4, 2) & 0xFFU) <= kNewestVersion && name > 0 && name <= kLongestName &&
         kHeader + name <= text.size() && little(text, 8, 2) <= 99;
}

bool begins_seven_zip(std::string_view text) {
  constexpr std::size_t kHeader = 32, kChecked = 12;
  return text.size() >= kHeader && little(text, 8, 4) == crc(text.substr(kChecked, kHeader - kChecked));
}

/// A number of rar5, of seven bits in each byte. The length is 0 if there is none.
struct Number {
  std::uint64_t value = 0;
  std::size_t length = 0;
};
Number rar_number(std::string_view text, std::size_t at) {
  Number number;
  while (at + number.length < text.size() && number.length < 10) {
    const auto byte = static_cast<unsigned char>(text[at + number.length]);
    number.value |= static_cast<std::uint64_t>(byte & 0x7FU) << (7 * number.length++);
    if ((byte & 0x80U) == 0) return number;
  }
  return {};
}

bool begins_rar5(std::string_view text) {
  constexpr std::size_t kSignature = 8, kCrc = 4;
  const Number size = rar_number(text, kSignature + kCrc);
  const std::size_t header = size.length + size.value;
  if (size.length == 0 || size.value > 4096 || kSignature + kCrc + header > text.size()) return false;
  return little(text, kSignature, kCrc) == crc(text.substr(kSignature + kCrc, header));
}

bool begins_rar(std::string_view text) {
  constexpr std::size_t kSignature = 7;
  const std::uint64_t size = little(text, kSignature + 5, 2);
  if (size < 7 || kSignature + size > text.size()) return false;
  return little(text, kSignature, 2) == (crc(text.substr(kSignature + 2, size - 2)) & 0xFFFFU);
}

bool begins_cab(std::string_view text) {
  const std::uint64_t size = little(text, 8, 4);
  return has(text, 4, std::string_view("\0\0\0\0", 4)) && size >= 36 && little(text, 12, 4) == 0 &&
         little(text, 20, 4) == 0 && little(text, 16, 4) < size && little(text, 25, 1) == 1;
}

bool is_number(std::string_view digits, int base) {
  return !digits.empty() && std::ranges::all_of(digits, [base](char c) {
    return base == 16 ? text::hex_value(c).has_value() : c >= '0' && c < '0' + base;
  });
}

bool begins_cpio(std::string_view text) {
  if (has(text, 0, "070701") || has(text, 0, "070702")) return text.size() >= 110 && is_number(text.substr(6, 104), 16);
  if (has(text, 0, "070707")) return text.size() >= 76 && is_number(text.substr(6, 70), 8);
  return true;
}

bool begins_squashfs(std::string_view text) {
  const std::uint64_t block = little(text, 12, 4), log = little(text, 22, 2);
  return text.size() >= 96 && little(text, 28, 2) == 4 && log >= 12 && log <= 20 && block == 1ULL << log;
}

struct Check {
  std::string_view type;
  bool (*begins)(std::string_view);
};
constexpr Check kChecks[] = {
    {"zip", begins_zip},
    {"7z", begins_seven_zip},
    {"rar5", begins_rar5},
    {"rar", begins_rar},
    {"cab", begins_cab},
    {"cpio", begins_cpio},
    {"squashfs", begins_squashfs},
    {"ar", [](std::string_view text) { return text.size() == 8 || has(text, 66, "`\n"); }},
    {"deb", [](std::string_view text) { return has(text, 66, "`\n"); }},
    {"rpm", [](std::string_view text) { return text.size() >= 100 && has(text, 96, "\x8E\xAD\xE8"); }},
};

bool contains_ignoring_case(std::string_view text, std::string_view word) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return !std::ranges::search(text, word, {}, lower).empty();
}

}  // namespace

Container after_skippable_frames(std::string_view text) {
  const auto skippable = [&](std::size_t at) {
    return has(text, at + 1, "\x2A\x4D\x18") && (static_cast<unsigned char>(text[at]) & 0xF0U) == 0x50;
  };
  if (!skippable(0)) return Container::kNone;
  std::size_t at = 0;
  while (at + 8 <= text.size() && skippable(at)) at += 8 + little(text, at + 4, 4);
  return has(text, at, "\x04\x22\x4D\x18") ? Container::kLz4 : Container::kZstd;
}

bool is_lzma_alone(std::string_view text) {
  constexpr std::size_t kHeader = 13;
  constexpr std::uint64_t kUnknownSize = ~0ULL, kMostSize = 1ULL << 38, kLeastWindow = 4096, kMostWindow = 64U << 20;
  if (text.size() < kHeader + 5 || text[kHeader] != '\0' || static_cast<unsigned char>(text[0]) >= 225) return false;
  const std::uint64_t window = little(text, 1, 4), size = little(text, 5, 8);
  if (window < kLeastWindow || window > kMostWindow || (size != kUnknownSize && size >= kMostSize)) return false;
  return begins_stream(Container::kLzma, bytes_of(text));
}

bool is_zlib(std::string_view text) {
  constexpr unsigned kDeflate = 8, kDictionary = 0x20;
  if (text.size() < 8) return false;
  const auto first = static_cast<unsigned char>(text[0]), second = static_cast<unsigned char>(text[1]);
  if ((first & 0x0FU) != kDeflate || first > 0x78 || (first * 256U + second) % 31 != 0) return false;
  return (second & kDictionary) == 0 && begins_stream(Container::kZlib, bytes_of(text));
}

bool is_compress(std::string_view text) {
  if (text.size() < 4 || !has(text, 0, "\x1F\x9D")) return false;
  const unsigned flags = static_cast<unsigned char>(text[2]);
  return (flags & 0x60U) == 0 && (flags & 0x1FU) >= 9 && (flags & 0x1FU) <= 16;
}

bool begins_container(std::string_view type, Bytes bytes) {
  const auto found = std::ranges::find(kChecks, type, &Check::type);
  if (found != std::ranges::end(kChecks)) return found->begins(as_text(bytes));
  const auto row = std::ranges::find(file_types(), type, &FileType::name);
  return !is_stream(row->container) || begins_stream(row->container, bytes);
}

bool describes_container(std::string_view description) {
  // A key says what it is for: to encrypt.
  if (is_opaque_by_nature(description)) return false;
  constexpr auto kWords = std::to_array<std::string_view>(
      {"archive",    "backup",  "boot sector", "cabinet",     "compress",   "disk file", "disk image",
       "disk label", "encrypt", "file system", "file-system", "filesystem", "firmware",  "imaging",
       "installer",  "packed",  "partition",   "salted",      "uimage",     "virtual",   "volume"});
  return std::ranges::any_of(kWords, [&](std::string_view word) { return contains_ignoring_case(description, word); });
}

bool is_opaque_by_nature(std::string_view description) {
  constexpr auto kKinds = std::to_array<std::string_view>({"timezone data",
                                                           "Compiled terminfo entry",
                                                           "Compiled 32-bit terminfo entry",
                                                           "Linux kernel message catalog",
                                                           "GTK+ icon cache",
                                                           "Java jmod module",
                                                           "Java KeyStore",
                                                           "PC bitmap",
                                                           "ColorSync color profile",
                                                           "Microsoft color profile",
                                                           "color profile",
                                                           "PostScript Type 1 font",
                                                           "a.out",
                                                           "Intel amd64 COFF object",
                                                           "Intel 80386 COFF object",
                                                           "GVariant Database file",
                                                           "Apple Desktop Services Store",
                                                           "OpenPGP Public Key",
                                                           "PGP public key",
                                                           "OpenPGP Signature",
                                                           "PGP signature",
                                                           "GPG keybox database",
                                                           "X11 SNF font",
                                                           "Windows Precompiled iNF",
                                                           "TeX font metric",
                                                           "TeX DVI",
                                                           "GIMP brush",
                                                           "DER Encoded Certificate",
                                                           "Certificate, Version"});
  return std::ranges::any_of(kKinds, [&](std::string_view kind) { return description.starts_with(kind); });
}

bool looks_packed(Bytes bytes) {
  // A block of random bytes of this size has 7.95 bits of entropy in each byte; machine code and pictures as they are
  // have fewer than 7.
  constexpr std::size_t kBlock = 4096, kLeast = 512;
  constexpr double kMuch = 7.2, kMuchOfLittle = 6.5;
  for (std::size_t at = 0; at < bytes.size(); at += kBlock) {
    const Bytes block = bytes.subspan(at, std::min(kBlock, bytes.size() - at));
    if (block.size() < kLeast && at > 0) break;
    std::array<std::uint32_t, 256> counts{};
    for (const std::byte byte : block) ++counts[std::to_integer<std::size_t>(byte)];
    double bits = 0;
    for (const std::uint32_t count : counts) {
      if (count == 0) continue;
      const double share = static_cast<double>(count) / static_cast<double>(block.size());
      bits -= share * std::log2(share);
    }
    const double most = std::log2(static_cast<double>(std::max<std::size_t>(block.size(), 2)));
    if (block.size() < kLeast ? bits > 0.7 * most : bits > (block.size() < kBlock ? kMuchOfLittle : kMuch)) return true;
  }
  return false;
}

}  // namespace immure::inspect
