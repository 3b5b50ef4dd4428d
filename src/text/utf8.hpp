/// UTF-8 as Unicode 15, table 3-7 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace immure::text {

/// True for the code points that UTF-16 uses in pairs, and that are no characters.
[[nodiscard]] constexpr bool is_surrogate(char32_t point) { return point >= 0xD800 && point < 0xE000; }

/// The length of the well-formed sequence that `text` begins with: 1 to 4 bytes, or 0 if `text` begins with no such
/// sequence.
[[nodiscard]] constexpr std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto within = [&](std::size_t i, unsigned low, unsigned high) { return byte(i) >= low && byte(i) <= high; };
  const auto rest = [&](std::size_t i) { return within(i, 0x80, 0xBF); };
  if (text.empty()) return 0;
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return rest(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;
    return within(1, low, high) && rest(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
    return within(1, low, high) && rest(2) && rest(3) ? 4 : 0;
  }
  return 0;
}

/// The code point of a well-formed sequence of `length` bytes.
[[nodiscard]] constexpr char32_t utf8_decode(std::string_view text, std::size_t length) {
  constexpr unsigned kLeadMask[5] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t point = static_cast<unsigned char>(text[0]) & kLeadMask[length];
  for (std::size_t i = 1; i < length; ++i) point = (point << 6) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  return point;
}

/// The code point at the beginning of a text.
struct CodePoint {
  char32_t value = 0;      ///< the byte itself if no well-formed sequence begins there
  std::size_t length = 1;  ///< in bytes
  bool valid = true;
};

/// Decodes the code point at the beginning of a text. The text must not be empty.
[[nodiscard]] constexpr CodePoint decode(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t length = utf8_length(text);
  if (length == 0) return {lead, 1, false};
  return {utf8_decode(text, length), length, true};
}

/// Appends a code point. The code point must not be a surrogate, nor above U+10FFFF.
constexpr void append_utf8(std::string& out, char32_t point) {
  const auto append = [&out](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  const auto more = [&](unsigned shift) { append(0x80U | ((point >> shift) & 0x3FU)); };
  if (point < 0x80) {
    append(point);
  } else if (point < 0x800) {
    append(0xC0U | point >> 6U);
    more(0);
  } else if (point < 0x10000) {
    append(0xE0U | point >> 12U);
    more(6);
    more(0);
  } else {
    append(0xF0U | point >> 18U);
    more(12);
    more(6);
    more(0);
  }
}

/// True if the whole of `text` is well-formed.
[[nodiscard]] constexpr bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

/// The longest beginning of `text` that has at most `limit` bytes and does not end within a character. `text` must be
/// well-formed.
[[nodiscard]] constexpr std::string_view utf8_cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80) --limit;
  return text.substr(0, limit);
}

}  // namespace immure::text
