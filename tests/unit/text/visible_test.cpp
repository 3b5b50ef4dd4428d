#include "text/visible.hpp"
#include "text/hex.hpp"
#include "text/utf8.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace immure::text {
namespace {

std::string utf8(char32_t point) {
  std::string bytes;
  append_utf8(bytes, point);
  return bytes;
}

std::string hex_bytes(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) append_escape(out, "\\x", c);
  return out;
}

/// The output of a stream whose text arrives in pieces of `size` bytes.
std::string streamed(std::string_view text, std::size_t size) {
  VisibleStream stream;
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += size) out += stream.next(text.substr(at, size));
  return out + stream.rest();
}

/// Well-formed UTF-8 that a stream leaves unchanged. visible() does so, too, unless the text is merely invisible.
const std::vector<char32_t> kPlain = {' ', '~', 0xA1, 0xE9, 0x5D0, 0x627, 0x3042, 0xD7FF, 0xFFFD, 0x1F642, 0x1F600};
/// Code points that a terminal obeys, or that reorder text.
std::vector<char32_t> controls() {
  std::vector<char32_t> points = {0x7F, 0x61C, 0x200E, 0x200F};
  for (char32_t point = 0; point < 0x20; ++point)
    if (point != '\n' && point != '\t') points.push_back(point);
  for (char32_t point = 0x80; point <= 0x9F; ++point) points.push_back(point);
  for (char32_t point = 0x2028; point <= 0x202E; ++point) points.push_back(point);
  for (char32_t point = 0x2066; point <= 0x2069; ++point) points.push_back(point);
  return points;
}
/// Code points that are invisible or blank, but harmless on a terminal: blanks, joiners, fillers, variation selectors,
/// tags, private use.
const std::vector<char32_t> kUnseenOnly = {
    0xA0,   0xAD,   0x34F,  0x115F, 0x17B4, 0x180E, 0x2003, 0x200B,  0x200D,  0x202F,  0x2060,  0x2800,   0x3000,
    0x3164, 0xE000, 0xF8FF, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0x1D173, 0xE0001, 0xE0100, 0xF0000, 0x100000, 0x10FFFD};
/// Noncharacters: U+FDD0 to U+FDEF, and the last two code points of each of the 17 planes.
std::vector<char32_t> noncharacters() {
  std::vector<char32_t> points;
  for (char32_t point = 0xFDD0; point <= 0xFDEF; ++point) points.push_back(point);
  for (char32_t plane = 0; plane <= 0x10; ++plane)
    for (const char32_t last : {0xFFFEU, 0xFFFFU}) points.push_back(plane << 16 | last);
  return points;
}
/// Texts that are not UTF-8: a stray continuation, overlong forms, surrogates, beyond U+10FFFF, bytes that never occur.
const std::vector<std::string> kMalformed = {
    "\x80",         "\xBF", "\xC0\xAF", "\xC1\xBF",         "\xE0\x80\x80",     "\xE0\x9F\xBF",     "\xED\xA0\x80",
    "\xED\xBF\xBF", "\xFE", "\xFF",     "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80"};
/// The beginnings of characters whose ends are missing.
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
    EXPECT_TRUE(is_control(point)) << std::uint32_t{point};
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

void expect_all(std::initializer_list<char32_t> points, Sight sight) {
  for (const char32_t point : points) EXPECT_EQ(sight_of(point), sight) << std::uint32_t{point};
}

TEST(Visible, EachKindOfCharacterHasAClassOfItsOwn) {
  expect_all({0x00, 0x1B, 0x7F, 0x9B, 0x2028}, Sight::kControl);
  expect_all({0x61C, 0x200E, 0x200F}, Sight::kMark);
  expect_all({0x202A, 0x202E, 0x2066, 0x2069}, Sight::kReorders);
  expect_all({0xAD, 0x200B, 0x2065, 0x206A, 0x2800, 0xFEFF, 0xE0001, 0xE01EF}, Sight::kInvisible);
  expect_all({0xA0, 0x2000, 0x200A, 0x3000}, Sight::kBlank);
  expect_all({0xFE00, 0xFE0F}, Sight::kSelector);
  expect_all({0x300, 0x36F, 0x20D0}, Sight::kCombining);
  expect_all({0xE000, 0xFFFE, 0x1FFFF, 0xF0000, 0x10FFFF}, Sight::kNone);
  expect_all({0x20, 0x7E, 0xA1, 0x2010, 0x2027, 0x2030, 0xFFFD, 0x1F642}, Sight::kPlain);
}

TEST(Visible, EveryCodePointIsDecodedFromWhatItIsEncodedAs) {
  for (char32_t point = 0; point <= 0x10FFFF; point = point == 0xD7FF ? 0xE000 : point + 1) {
    std::string bytes;
    append_utf8(bytes, point);
    const CodePoint decoded = decode(bytes);
    ASSERT_TRUE(decoded.valid && decoded.value == point && decoded.length == bytes.size()) << std::uint32_t{point};
  }
}

TEST(Visible, ACutNeverEndsWithinACharacter) {
  const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x99\x82";
  for (std::size_t limit = 0; limit <= text.size() + 1; ++limit) {
    const std::string_view cut = utf8_cut(text, limit);
    EXPECT_TRUE(is_utf8(cut) && cut.size() <= limit && cut.size() + 3 >= std::min(limit, text.size())) << limit;
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
