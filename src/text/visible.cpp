#include "text/visible.hpp"

#include <algorithm>
#include <cstdint>
#include <span>

#include "text/hex.hpp"
#include "text/utf8.hpp"

namespace immure::text {
namespace {

struct Range {
  char32_t first, last;
};

/// Sources: ECMA-48 for C1 controls, Unicode Standard Annex 9 for bidirectional controls (CVE-2021-42574).
constexpr Range kControls[] = {
    {0x7F, 0x9F}, {0x61C, 0x61C}, {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2066, 0x2069},
};

/// The code points above, and all others that are invisible, look like a blank, or have no meaning of their own.
constexpr Range kUnseen[] = {
    {0x7F, 0xA0},     {0xAD, 0xAD},     {0x34F, 0x34F},   {0x61C, 0x61C},     {0x115F, 0x1160},
    {0x17B4, 0x17B5}, {0x180B, 0x180F}, {0x2000, 0x200F}, {0x2028, 0x202F},   {0x205F, 0x206F},
    {0x3000, 0x3000}, {0x3164, 0x3164}, {0xE000, 0xF8FF}, {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},
    {0xFDD0, 0xFDEF}, {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB}, {0x1D173, 0x1D17A}, {0xE0000, 0x10FFFF},
};

bool within(std::span<const Range> ranges, char32_t point) {
  return std::ranges::any_of(ranges,
                             [point](const Range& range) { return point >= range.first && point <= range.last; });
}

constexpr unsigned char kBlankByte = 0x20;

void append_bytes(std::string& out, std::string_view bytes) {
  for (const char c : bytes) append_escape(out, "\\x", c);
}

void append_point(std::string& out, char32_t point) { out.append("\\u{").append(hex_number(point)).append("}"); }

/// True if `rest` may be the beginning of a character whose other bytes have not arrived yet.
bool is_cut_off(std::string_view rest) {
  constexpr std::size_t kLongest = 4;
  if (rest.size() >= kLongest) return false;
  // A well-formed beginning becomes a character with the smallest or with the largest continuation byte.
  for (const std::string_view more : {"\x80\x80\x80", "\xBF\xBF\xBF"}) {
    if (utf8_length(std::string(rest).append(more)) > rest.size()) return true;
  }
  return false;
}

enum class Form : std::uint8_t { kBytes, kPoints };

std::string shown(std::string_view text, Form form) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view bytes = text.substr(0, std::max<std::size_t>(length, 1));
    if (length == 0 || static_cast<unsigned char>(text[0]) < kBlankByte) {
      append_bytes(out, bytes);
    } else if (const char32_t point = utf8_decode(text, length); is_unseen(point)) {
      form == Form::kPoints ? append_point(out, point) : append_bytes(out, bytes);
    } else {
      if (form == Form::kPoints && point == '\\') out += '\\';
      out += bytes;
    }
    text.remove_prefix(bytes.size());
  }
  return out;
}

}  // namespace

bool is_control(char32_t point) { return within(kControls, point); }

bool is_unseen(char32_t point) {
  // The last two code points of each plane are no characters (Unicode 15, 23.7).
  constexpr char32_t kLastOfPlane = 0xFFFE;
  return within(kUnseen, point) || (point & kLastOfPlane) == kLastOfPlane;
}

bool is_printable(std::string_view text) {
  constexpr char32_t kDelete = 0x7F, kEndOfC1 = 0xA0;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    const char32_t point = utf8_decode(text, length);
    if (point < kBlankByte || (point >= kDelete && point < kEndOfC1)) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string visible(std::string_view text) { return shown(text, Form::kBytes); }
std::string escaped(std::string_view text) { return shown(text, Form::kPoints); }

std::string VisibleStream::next(std::string_view bytes) {
  const std::string joined = std::move(held_) + std::string(bytes);
  held_.clear();
  std::string out;
  out.reserve(joined.size());
  std::string_view rest = joined;
  while (!rest.empty()) {
    const std::size_t length = utf8_length(rest);
    if (length == 0 && is_cut_off(rest)) {
      held_ = rest;
      return out;
    }
    const std::string_view piece = rest.substr(0, std::max<std::size_t>(length, 1));
    const auto first = static_cast<unsigned char>(rest[0]);
    const bool passes = first == '\n' || first == '\t' ||
                        (length != 0 && first >= kBlankByte && !is_control(utf8_decode(rest, length)));
    if (passes) {
      out += piece;
    } else {
      append_bytes(out, piece);
    }
    rest.remove_prefix(piece.size());
  }
  return out;
}

std::string VisibleStream::rest() {
  std::string out;
  append_bytes(out, held_);
  held_.clear();
  return out;
}

}  // namespace immure::text
