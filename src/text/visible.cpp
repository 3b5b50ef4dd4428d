#include "text/visible.hpp"

#include <algorithm>
#include <cstdint>

#include "text/hex.hpp"
#include "text/utf8.hpp"

namespace immure::text {
namespace {

struct Range {
  char32_t first, last;
  Sight sight;
};

/// Sources: ECMA-48 for controls, Unicode Standard Annex 9 for bidirectional controls (CVE-2021-42574), and Unicode 15
/// for general category Cf, for fillers that show nothing, and for the blocks of combining marks.
constexpr Range kTable[] = {
    {0x00, 0x1F, Sight::kControl},         {0x7F, 0x9F, Sight::kControl},         {0xA0, 0xA0, Sight::kBlank},
    {0xAD, 0xAD, Sight::kInvisible},       {0x300, 0x34E, Sight::kCombining},     {0x34F, 0x34F, Sight::kInvisible},
    {0x350, 0x36F, Sight::kCombining},     {0x483, 0x489, Sight::kCombining},     {0x61C, 0x61C, Sight::kMark},
    {0x115F, 0x1160, Sight::kInvisible},   {0x17B4, 0x17B5, Sight::kInvisible},   {0x180B, 0x180F, Sight::kInvisible},
    {0x1AB0, 0x1AFF, Sight::kCombining},   {0x1DC0, 0x1DFF, Sight::kCombining},   {0x2000, 0x200A, Sight::kBlank},
    {0x200B, 0x200D, Sight::kInvisible},   {0x200E, 0x200F, Sight::kMark},        {0x2028, 0x2029, Sight::kControl},
    {0x202A, 0x202E, Sight::kReorders},    {0x202F, 0x202F, Sight::kBlank},       {0x205F, 0x205F, Sight::kBlank},
    {0x2060, 0x2065, Sight::kInvisible},   {0x2066, 0x2069, Sight::kReorders},    {0x206A, 0x206F, Sight::kInvisible},
    {0x20D0, 0x20FF, Sight::kCombining},   {0x2800, 0x2800, Sight::kInvisible},   {0x3000, 0x3000, Sight::kBlank},
    {0x3164, 0x3164, Sight::kInvisible},   {0xE000, 0xF8FF, Sight::kNone},        {0xFDD0, 0xFDEF, Sight::kNone},
    {0xFE00, 0xFE0F, Sight::kSelector},    {0xFE20, 0xFE2F, Sight::kCombining},   {0xFEFF, 0xFEFF, Sight::kInvisible},
    {0xFFA0, 0xFFA0, Sight::kInvisible},   {0xFFF0, 0xFFF8, Sight::kNone},        {0xFFF9, 0xFFFB, Sight::kInvisible},
    {0x1D173, 0x1D17A, Sight::kInvisible}, {0xE0000, 0xE007F, Sight::kInvisible}, {0xE0080, 0xE00FF, Sight::kNone},
    {0xE0100, 0xE01EF, Sight::kInvisible}, {0xE01F0, 0x10FFFF, Sight::kNone},
};
static_assert(std::ranges::adjacent_find(kTable, [](const Range& one, const Range& next) {
                return one.first > one.last || one.last >= next.first;
              }) == std::ranges::end(kTable));

constexpr unsigned char kBlankByte = 0x20;

void append_bytes(std::string& out, std::string_view bytes) {
  for (const char c : bytes) append_escape(out, "\\x", c);
}

void append_point(std::string& out, char32_t point) { out.append("\\u{").append(hex_number(point)).append("}"); }

/// True if `rest` may be the beginning of a character of which the last bytes have not arrived yet.
bool is_cut_off(std::string_view rest) {
  constexpr std::size_t kLongest = 4;
  if (rest.size() >= kLongest) return false;
  // The beginning of a character becomes well-formed with the smallest or with the largest continuation bytes.
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

Sight sight_of(char32_t point) {
  // The last two code points of each plane are noncharacters (Unicode 15, section 23.7).
  constexpr char32_t kLastOfPlane = 0xFFFE;
  if ((point & kLastOfPlane) == kLastOfPlane) return Sight::kNone;
  const auto* const range = std::ranges::lower_bound(kTable, point, {}, &Range::last);
  return range != std::ranges::end(kTable) && point >= range->first ? range->sight : Sight::kPlain;
}

bool is_control(char32_t point) {
  const Sight sight = sight_of(point);
  return sight == Sight::kControl || sight == Sight::kMark || sight == Sight::kReorders;
}

bool is_unseen(char32_t point) {
  const Sight sight = sight_of(point);
  return sight != Sight::kPlain && sight != Sight::kCombining;
}

bool is_printable(std::string_view text) {
  constexpr char32_t kEndOfC1 = 0xA0;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    const char32_t point = utf8_decode(text, length);
    if (point < kEndOfC1 && sight_of(point) == Sight::kControl) return false;
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
