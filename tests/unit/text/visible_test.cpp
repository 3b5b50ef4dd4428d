#include "text/visible.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace immure::text {
namespace {

std::string utf8(char32_t point) {
  const auto byte = [](char32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xC0 | (point >> 6)), byte(0x80 | (point & 0x3F))};
  if (point < 0x10000)
    return {byte(0xE0 | (point >> 12)), byte(0x80 | ((point >> 6) & 0x3F)), byte(0x80 | (point & 0x3F))};
  return {byte(0xF0 | (point >> 18)), byte(0x80 | ((point >> 12) & 0x3F)), byte(0x80 | ((point >> 6) & 0x3F)),
          byte(0x80 | (point & 0x3F))};
}

std::string hex_bytes(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += {'\\', 'x', kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  return out;
}

/// All of a stream that arrives in pieces of `size` bytes.
std::string streamed(std::string_view text, std::size_t size) {
  VisibleStream stream;
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += size) out += stream.next(text.substr(at, size));
  return out + stream.rest();
}

/// Well-formed UTF-8 that a stream passes on as it is, and visible() too unless the text is only invisible.
const std::vector<char32_t> kPlain = {' ', '~', 0xA1, 0xE9, 0x5D0, 0x627, 0x3042, 0xD7FF, 0xFFFD, 0x1F642, 0x1F600};
/// What a terminal obeys, or what reorders text.
std::vector<char32_t> controls() {
  std::vector<char32_t> points = {0x7F, 0x61C, 0x200E, 0x200F};
  for (char32_t point = 0; point < 0x20; ++point)
    if (point != '\n' && point != '\t') points.push_back(point);
  for (char32_t point = 0x80; point <= 0x9F; ++point) points.push_back(point);
  for (char32_t point = 0x2028; point <= 0x202E; ++point) points.push_back(point);
  for (char32_t point = 0x2066; point <= 0x2069; ++point) points.push_back(point);
  return points;
}
/// Invisible or blank, but harmless on a terminal: blanks, joiners, fillers, variation selectors, tags, private use.
const std::vector<char32_t> kUnseenOnly = {
    0xA0,   0xAD,   0x34F,  0x115F, 0x17B4, 0x180E, 0x2003,  0x200B,  0x200D,  0x202F,  0x2060,   0x3000,  0x3164,
    0xE000, 0xF8FF, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0x1D173, 0xE0001, 0xE0100, 0xF0000, 0x100000, 0x10FFFD};
/// Noncharacters: U+FDD0 to U+FDEF, and the last two code points of each of the 17 planes.
std::vector<char32_t> noncharacters() {
  std::vector<char32_t> points;
  for (char32_t point = 0xFDD0; point <= 0xFDEF; ++point) points.push_back(point);
  for (char32_t plane = 0; plane <= 0x10; ++plane)
    for (const char32_t last : {0xFFFEU, 0xFFFFU}) points.push_back(plane << 16 | last);
  return points;
}
/// Not UTF-8: a stray continuation, overlong forms, surrogates, beyond U+10FFFF, bytes that never occur.
const std::vector<std::string> kMalformed = {
    "\x80",         "\xBF", "\xC0\xAF", "\xC1\xBF",         "\xE0\x80\x80",     "\xE0\x9F\xBF",     "\xED\xA0\x80",
    "\xED\xBF\xBF", "\xFE", "\xFF",     "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80"};
/// The beginning of a character without its end.
const std::vector<std::string> kCutOff = {"\xC3",     "\xE2",         "\xE2\x82",    "\xF0",
                                          "\xF0\x9F", "\xF0\x9F\x99", "\xF4\x8F\xBF"};

TEST(Visible, PlainCharactersPass) {
  for (const char32_t point : kPlain) {
    const std::string text = "a" + utf8(point) + "b";
    EXPECT_EQ(visible(text), text) << std::uint32_t{point};
    EXPECT_EQ(escaped(text), text) << std::uint32_t{point};
    EXPECT_EQ(streamed(text, 1), text) << std::uint32_t{point};
    EXPECT_TRUE(is_printable(text)) << std::uint32_t{point};
    EXPECT_FALSE(is_control(point)) << std::uint32_t{point};
    EXPECT_FALSE(is_unseen(point)) << std::uint32_t{point};
  }
}

TEST(Visible, ControlsNeverPass) {
  for (const char32_t point : controls()) {
    const std::string bytes = utf8(point);
    EXPECT_EQ(visible("a" + bytes + "b"), "a" + hex_bytes(bytes) + "b") << std::uint32_t{point};
    EXPECT_EQ(streamed("a" + bytes + "b", 1), "a" + hex_bytes(bytes) + "b") << std::uint32_t{point};
    EXPECT_EQ(is_control(point), point >= 0x7F) << std::uint32_t{point};
    EXPECT_EQ(is_printable(bytes), point >= 0xA0) << std::uint32_t{point};
  }
}

TEST(Visible, LinesAndTabsPassInAStreamAlone) {
  EXPECT_EQ(visible("a\nb\tc"), "a\\x0ab\\x09c");
  EXPECT_EQ(streamed("a\nb\tc\r", 2), "a\nb\tc\\x0d");
  EXPECT_FALSE(is_printable("a\n"));
}

TEST(Visible, UnseenCharactersPassInAStreamAlone) {
  for (const char32_t point : kUnseenOnly) {
    const std::string bytes = utf8(point);
    EXPECT_TRUE(is_unseen(point)) << std::uint32_t{point};
    EXPECT_FALSE(is_control(point)) << std::uint32_t{point};
    EXPECT_EQ(visible(bytes), hex_bytes(bytes)) << std::uint32_t{point};
    EXPECT_EQ(streamed(bytes, 1), bytes) << std::uint32_t{point};
  }
}

TEST(Visible, NoncharactersAreUnseen) {
  for (const char32_t point : noncharacters()) {
    EXPECT_TRUE(is_unseen(point)) << std::uint32_t{point};
    EXPECT_EQ(visible(utf8(point)), hex_bytes(utf8(point))) << std::uint32_t{point};
  }
}

TEST(Visible, MalformedBytesAreShownWhereverTheyAreCut) {
  for (const std::string& bytes : kMalformed) {
    EXPECT_EQ(visible("a" + bytes + "b"), "a" + hex_bytes(bytes) + "b");
    EXPECT_FALSE(is_printable(bytes));
    for (std::size_t size = 1; size <= bytes.size() + 2; ++size)
      EXPECT_EQ(streamed("a" + bytes + "b", size), "a" + hex_bytes(bytes) + "b") << size;
  }
}

TEST(Visible, ACutOffCharacterIsHeldBackAndShownAtTheEnd) {
  for (const std::string& bytes : kCutOff) {
    VisibleStream stream;
    EXPECT_EQ(stream.next("a" + bytes), "a");
    EXPECT_EQ(stream.rest(), hex_bytes(bytes));
    EXPECT_EQ(stream.rest(), "");
    EXPECT_EQ(streamed(bytes + "b", bytes.size()), hex_bytes(bytes) + "b");
    EXPECT_EQ(visible(bytes), hex_bytes(bytes));
  }
}

TEST(Visible, AControlIsFoundWhereverItIsCut) {
  std::string text, wanted;
  for (const char32_t point : controls()) {
    text += utf8(point) + utf8(0x1F642);
    wanted += hex_bytes(utf8(point)) + utf8(0x1F642);
  }
  for (std::size_t size = 1; size <= 9; ++size) EXPECT_EQ(streamed(text, size), wanted) << size;
}

TEST(Visible, InTheFormOfPointsNoTwoTextsLookTheSame) {
  EXPECT_EQ(escaped("\\u{202e}"), "\\\\u{202e}");
  EXPECT_EQ(escaped(utf8(0x202E)), "\\u{202e}");
  EXPECT_EQ(escaped("\\x1b"), "\\\\x1b");
  EXPECT_EQ(escaped("\x1b"), "\\x1b");
}

}  // namespace
}  // namespace immure::text
