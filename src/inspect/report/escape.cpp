#include "inspect/report/escape.hpp"

#include <algorithm>
#include <utility>

#include "text/hex.hpp"

namespace immure::inspect {
namespace {

struct Range {
  char32_t first, last;
};

// Unicode 15: general category Cf and the fillers that are shown as nothing.
constexpr Range kInvisible[] = {
    {0x00AD, 0x00AD}, {0x034F, 0x034F},   {0x115F, 0x1160},   {0x17B4, 0x17B5},   {0x180B, 0x180F}, {0x200B, 0x200D},
    {0x2060, 0x2065}, {0x206A, 0x206F},   {0x2800, 0x2800},   {0x3164, 0x3164},   {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0},
    {0xFFF9, 0xFFFB}, {0x1D173, 0x1D17A}, {0xE0000, 0xE007F}, {0xE0100, 0xE01EF},
};
// CVE-2021-42574 and UAX #9.
constexpr Range kBidi[] = {{0x061C, 0x061C}, {0x200E, 0x200F}, {0x202A, 0x202E}, {0x2066, 0x2069}};
constexpr Range kControl[] = {{0x00, 0x1F}, {0x7F, 0x9F}, {0x2028, 0x2029}};

template <std::size_t N>
bool within(const Range (&ranges)[N], char32_t point) {
  return std::ranges::any_of(ranges,
                             [point](const Range& range) { return point >= range.first && point <= range.last; });
}

// Noncharacters and private use have no agreed glyph either.
bool is_unassigned_for_display(char32_t point) {
  return (point & 0xFFFE) == 0xFFFE || (point >= 0xFDD0 && point <= 0xFDEF) || (point >= 0xE000 && point <= 0xF8FF) ||
         point >= 0xF0000;
}

bool printable(const CodePoint& point) {
  // Most of every text, at a glance.
  if (point.value >= ' ' && point.value <= '~') return true;
  return point.valid && !is_control(point.value) && !is_bidi(point.value) && !is_invisible(point.value) &&
         !is_unassigned_for_display(point.value);
}

void append_bytes(std::string& out, std::string_view prefix, std::string_view bytes) {
  for (const char c : bytes) text::append_escape(out, prefix, c, text::Letters::kUpper);
}

template <class Keep>
std::string escape(std::string_view bytes, std::string_view prefix, Keep keep) {
  std::string out;
  out.reserve(bytes.size());
  std::size_t kept = 0;  // of the bytes that are left, those that stay as they are
  while (kept < bytes.size()) {
    const CodePoint point = decode(bytes.substr(kept));
    if (keep(point)) {
      kept += point.length;
      continue;
    }
    out += bytes.substr(0, kept);
    append_bytes(out, prefix, bytes.substr(kept, point.length));
    bytes.remove_prefix(kept + point.length);
    kept = 0;
  }
  return out += bytes;
}

}  // namespace

CodePoint decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  // The second byte's range excludes overlong forms (E0, F0), surrogates (ED) and what is above U+10FFFF (F4).
  struct Form {
    unsigned first, last, low, high;
    std::size_t length;
    unsigned mask;
  };
  static constexpr Form kForms[] = {
      {0xC2, 0xDF, 0x80, 0xBF, 2, 0x1F}, {0xE0, 0xE0, 0xA0, 0xBF, 3, 0x0F}, {0xE1, 0xEC, 0x80, 0xBF, 3, 0x0F},
      {0xED, 0xED, 0x80, 0x9F, 3, 0x0F}, {0xEE, 0xEF, 0x80, 0xBF, 3, 0x0F}, {0xF0, 0xF0, 0x90, 0xBF, 4, 0x07},
      {0xF1, 0xF3, 0x80, 0xBF, 4, 0x07}, {0xF4, 0xF4, 0x80, 0x8F, 4, 0x07},
  };
  for (const Form& form : kForms) {
    if (lead < form.first || lead > form.last) continue;
    if (text.size() < form.length || byte(1) < form.low || byte(1) > form.high) break;
    char32_t point = lead & form.mask;
    bool valid = true;
    for (std::size_t i = 1; i < form.length; ++i) {
      valid = valid && byte(i) >= 0x80 && byte(i) <= 0xBF;
      point = (point << 6U) | (byte(i) & 0x3FU);
    }
    if (!valid) break;
    return {point, form.length, true};
  }
  return {lead, 1, false};
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const CodePoint point = decode(text);
    if (!point.valid) return false;
    text.remove_prefix(point.length);
  }
  return true;
}

bool is_plain(std::string_view text) {
  // Without a branch, so that many characters are looked at together.
  bool plain = true;
  for (const char c : text) plain = plain & (c >= ' ') & (c <= '~');
  return plain;
}

bool is_control(char32_t point) { return within(kControl, point); }
bool is_bidi(char32_t point) { return within(kBidi, point); }
bool is_invisible(char32_t point) { return within(kInvisible, point); }

Escaped Escaped::name(std::string_view bytes) {
  if (is_plain(bytes) && bytes.find('%') == bytes.npos) return Escaped(std::string(bytes));
  return Escaped(escape(bytes, "%", [](const CodePoint& point) { return printable(point) && point.value != '%'; }));
}

Escaped Escaped::text(std::string_view bytes) {
  if (is_plain(bytes)) return Escaped(std::string(bytes));
  return Escaped(escape(bytes, "\\x", printable));
}

Escaped Escaped::uri(std::string_view bytes) {
  return Escaped(escape(bytes, "%", [](const CodePoint& point) {
    const char32_t c = point.value;
    if (!point.valid) return false;
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '-' ||
           c == '.' || c == '_' || c == '~';
  }));
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) { return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U; };
    const unsigned group = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    out += kAlphabet[group >> 18U & 63U];
    out += kAlphabet[group >> 12U & 63U];
    out += i + 1 < bytes.size() ? kAlphabet[group >> 6U & 63U] : '=';
    out += i + 2 < bytes.size() ? kAlphabet[group & 63U] : '=';
  }
  return out;
}

}  // namespace immure::inspect
