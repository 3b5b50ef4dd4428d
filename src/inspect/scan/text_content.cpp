#include "inspect/scan/text_content.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "text/utf8.hpp"

namespace immure::inspect {
namespace {

bool is_control(char32_t c) {
  return (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\b' && c != 0x1B) || c == 0x7F;
}

/// The number of control characters in UTF-8; nullopt if the text is no UTF-8.
std::optional<std::size_t> controls_in_utf8(std::string_view text, bool cut) {
  std::size_t controls = 0;
  while (!text.empty()) {
    const std::size_t plain = static_cast<std::size_t>(
        std::ranges::find_if_not(text, [](char c) { return (c >= 0x20 && c < 0x7F) || c == '\n'; }) - text.begin());
    text.remove_prefix(plain);
    if (text.empty()) break;
    const text::CodePoint point = text::decode(text);
    // If the prefix ends within a sequence, the cut sequence does not prove that the file is no UTF-8.
    if (!point.valid && !(cut && text.size() < 4)) return std::nullopt;
    if (is_control(point.value)) ++controls;
    text.remove_prefix(point.length);
  }
  return controls;
}

/// True for a text of an 8-bit or a multibyte encoding. One byte in ten of packed data is a control character, so a
/// long text that has almost none anywhere is no packed data. A short one has to look like ASCII for the most part.
bool is_8bit_text(std::string_view text) {
  constexpr std::size_t kShort = 256, kBlock = 512;
  std::size_t all_controls = 0, ascii = 0;
  for (std::size_t at = 0; at < text.size(); at += kBlock) {
    std::size_t controls = 0;
    for (const char c : text.substr(at, kBlock)) {
      const auto byte = static_cast<unsigned char>(c);
      if (is_control(byte)) ++controls;
      if (byte < 0x7F) ++ascii;
    }
    if (controls > kBlock / 32) return false;
    all_controls += controls;
  }
  if (text.size() < kShort) return all_controls <= 1 && 4 * ascii >= 3 * text.size();
  return 64 * all_controls <= text.size() && 5 * ascii >= text.size();
}

struct Encoding {
  unsigned unit;
  bool big;
};

constexpr auto kEncodings = std::to_array<Encoding>({{4, false}, {4, true}, {2, false}, {2, true}});

char32_t code_unit(std::string_view bytes, std::size_t at, Encoding encoding) {
  char32_t value = 0;
  for (unsigned i = 0; i < encoding.unit; ++i) {
    const unsigned place = encoding.big ? i : encoding.unit - 1 - i;
    value = value << 8U | static_cast<unsigned char>(bytes[at + place]);
  }
  return value;
}

/// A character of a wide text. Length 0: there is none.
struct WideChar {
  char32_t value = 0;
  std::size_t length = 0;
};

WideChar decode_wide(std::string_view bytes, std::size_t at, Encoding encoding) {
  constexpr char32_t kHigh = 0xD800, kLow = 0xDC00, kEnd = 0xE000, kBeyond = 0x110000;
  if (at + encoding.unit > bytes.size()) return {};
  const char32_t first = code_unit(bytes, at, encoding);
  if (first < kHigh || (first >= kEnd && first < kBeyond)) return {first, encoding.unit};
  if (encoding.unit != 2 || first >= kLow || at + 4 > bytes.size()) return {};
  const char32_t second = code_unit(bytes, at + 2, encoding);
  if (second < kLow || second >= kEnd) return {};
  return {0x10000 + ((first - kHigh) << 10U) + (second - kLow), 4};
}

bool has_mark(std::string_view bytes, Encoding encoding) {
  return bytes.size() >= encoding.unit && code_unit(bytes, 0, encoding) == 0xFEFF;
}

/// True if the bytes are a text in this encoding. Without a byte order mark, part of the characters has to be ASCII:
/// even Chinese and Japanese texts have ends of lines, digits and blanks.
bool is_wide_text(std::string_view bytes, Encoding encoding) {
  constexpr std::size_t kFewest = 4;
  std::size_t characters = 0, ascii = 0, controls = 0, at = 0;
  while (at + encoding.unit <= bytes.size()) {
    const WideChar c = decode_wide(bytes, at, encoding);
    const bool at_end = bytes.size() - at < 4;
    if (c.length == 0 && at_end) break;
    const bool noncharacter = (c.value & 0xFFFEU) == 0xFFFE || (c.value >= 0xFDD0 && c.value <= 0xFDEF);
    if (c.length == 0 || noncharacter) return false;
    ++characters;
    if (c.value < 0x80) ++ascii;
    if (is_control(c.value)) ++controls;
    at += c.length;
  }
  if (64 * controls > characters + 127) return false;
  if (has_mark(bytes, encoding)) return true;
  return characters >= kFewest && 8 * ascii >= characters && controls < ascii;
}

std::optional<Encoding> wide_encoding(std::string_view bytes) {
  // Without a byte order mark, the ASCII characters of a wide text have NUL bytes.
  const bool marked = bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
  if (!marked && bytes.find('\0') == std::string_view::npos) return std::nullopt;
  const auto found = std::ranges::find_if(kEncodings, [&](Encoding encoding) { return is_wide_text(bytes, encoding); });
  return found == kEncodings.end() ? std::nullopt : std::optional(*found);
}

/// A character that a run of wide text within other data may have.
bool in_run(char32_t c) {
  return (c >= 0x20 && c < 0x7F) || c == '\t' || c == '\n' || c == '\r' || (c >= 0xA0 && c < 0x600) ||
         (c >= 0x2000 && c < 0x2070);
}

bool is_printable(char c) { return c >= 0x20 && c < 0x7F; }

/// True if the eight bytes are Latin characters of this width. `shift` is the place of the first character's byte.
bool is_latin_word(const char* bytes, unsigned unit, unsigned shift) {
  for (unsigned i = 0; i < 8; ++i) {
    const bool character = i % unit == shift;
    if (character ? !is_printable(bytes[i]) : bytes[i] != '\0') return false;
  }
  return true;
}

/// The place of a character in a word of eight bytes that belongs to a run, and the width of its characters.
struct Hit {
  unsigned unit = 0, shift = 0;
};
Hit latin_word(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  if (word == 0) return {};
  // Almost every word has another pattern of NUL bytes, so look for these first.
  constexpr std::array<std::uint64_t, 6> kNulBytes = {0xFF00FF00FF00FF00, 0x00FF00FF00FF00FF, 0xFFFFFF00FFFFFF00,
                                                      0xFFFF00FFFFFF00FF, 0xFF00FFFFFF00FFFF, 0x00FFFFFF00FFFFFF};
  if (std::ranges::none_of(kNulBytes, [word](std::uint64_t mask) { return (word & mask) == 0; })) return {};
  for (const unsigned unit : {2U, 4U}) {
    for (unsigned shift = 0; shift < unit; ++shift) {
      if (is_latin_word(bytes, unit, shift)) return {unit, shift};
    }
  }
  return {};
}

/// Appends the run around the hit at `at`, but nothing before `from`. Returns where the run ends.
std::size_t append_run(std::string_view bytes, std::size_t from, std::size_t at, Hit hit, WideText& out) {
  constexpr std::size_t kFewest = 8;
  // A Latin character that is written big-endian looks the same from its last byte on as one written little-endian.
  const Encoding encoding{hit.unit, false};
  std::size_t start = at + hit.shift;
  while (start >= from + hit.unit && in_run(code_unit(bytes, start - hit.unit, encoding))) start -= hit.unit;
  const WideText::Run run{out.text.size(), start, hit.unit};
  std::size_t end = start, characters = 0;
  for (; end + hit.unit <= bytes.size(); end += hit.unit, ++characters) {
    const char32_t c = code_unit(bytes, end, encoding);
    if (!in_run(c)) break;
    text::append_utf8(out.text, c);
  }
  // The last character of a big-endian run lacks its NUL byte, which belongs to the next one.
  if (end < bytes.size() && is_printable(bytes[end]) && (end + 1 == bytes.size() || hit.unit == 4)) {
    out.text += bytes[end];
    ++characters;
  }
  if (characters < kFewest) {
    out.text.resize(run.start);
  } else {
    out.text += '\n';
    out.runs.push_back(run);
  }
  return std::max(end, at + 8);
}

}  // namespace

bool is_clean_text(std::string_view prefix, bool cut) {
  const bool plain =
      std::ranges::none_of(prefix, [](char c) { return c >= 0 && is_control(static_cast<char32_t>(c)); });
  return plain && controls_in_utf8(prefix, cut) == 0;
}

TextKind text_kind(std::string_view prefix, bool cut) {
  if (const auto wide = wide_encoding(prefix)) return wide->unit == 2 ? TextKind::kUtf16 : TextKind::kUtf32;
  const auto controls = controls_in_utf8(prefix, cut);
  if (controls && *controls <= std::max<std::size_t>(2, prefix.size() / 64)) return TextKind::kUtf8;
  return is_8bit_text(prefix) ? TextKind::k8Bit : TextKind::kNone;
}

std::size_t WideText::origin(std::size_t at) const {
  const auto after = std::ranges::upper_bound(runs, at, {}, &Run::start);
  if (after == runs.begin()) return 0;
  const Run& run = *std::prev(after);
  std::size_t place = run.origin;
  for (std::size_t i = run.start; i < at && i < text.size();) {
    const text::CodePoint point = text::decode(std::string_view(text).substr(i));
    place += run.unit == 2 && point.value >= 0x10000 ? 4 : run.unit;
    i += point.length;
  }
  return place;
}

WideText wide_text(Bytes bytes, TextKind kind) {
  WideText out;
  const std::string_view all = as_text(bytes);
  if (kind == TextKind::kUtf16 || kind == TextKind::kUtf32) {
    const auto encoding = wide_encoding(all.substr(0, kTypePrefix));
    if (!encoding) return out;
    out.whole = true;
    out.runs.push_back({0, 0, encoding->unit});
    for (std::size_t at = 0; at + encoding->unit <= all.size();) {
      const WideChar c = decode_wide(all, at, *encoding);
      text::append_utf8(out.text, c.length == 0 ? 0xFFFD : c.value);
      at += c.length == 0 ? encoding->unit : c.length;
    }
    return out;
  }
  for (std::size_t at = 0, from = 0; at + 8 <= all.size();) {
    const Hit hit = latin_word(all.data() + at);
    if (hit.unit == 0) {
      at += 8;
      continue;
    }
    from = append_run(all, from, at, hit, out);
    at = from;
  }
  return out;
}

}  // namespace immure::inspect
