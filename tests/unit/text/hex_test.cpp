#include "text/hex.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace immure::text {
namespace {

TEST(Hex, WritesEachByteAsTwoDigits) {
  EXPECT_EQ(hex(""), "");
  EXPECT_EQ(hex(std::string_view("\x00\x0f\x7f\x80\xff", 5)), "000f7f80ff");
  EXPECT_EQ(hex(std::array<std::uint8_t, 3>{0x01, 0x23, 0xEF}), "0123ef");
}

TEST(Hex, EveryDigitIsReadAsWhatItWasWrittenFor) {
  for (unsigned value = 0; value < 16; ++value) {
    EXPECT_EQ(hex_value(hex_digit(value)), value);
    EXPECT_EQ(hex_value(hex_digit(value, Letters::kUpper)), value);
  }
  for (const char c : {'/', ':', '@', 'G', '`', 'g', '\0', '\xff'}) EXPECT_FALSE(hex_value(c)) << c;
}

TEST(Hex, OnlyLowerCaseDigitsAreCanonical) {
  EXPECT_TRUE(is_hex(""));
  EXPECT_TRUE(is_hex("0123456789abcdef"));
  for (const char* text : {"A", "0x1", "g", " 1", "1 "}) EXPECT_FALSE(is_hex(text)) << text;
}

TEST(Hex, ANumberHasAsManyDigitsAsAskedForOrAsItNeeds) {
  EXPECT_EQ(hex_number(0), "0");
  EXPECT_EQ(hex_number(0xAB, 4, Letters::kUpper), "00AB");
  EXPECT_EQ(hex_number(0x10FFFF, 4), "10ffff");
  EXPECT_EQ(hex_number(~std::uint64_t{0}), "ffffffffffffffff");
}

TEST(Hex, PercentEscapesAreReadBackAndHalfOnesAreRefused) {
  std::string escaped;
  for (int byte = 0; byte < 256; ++byte) append_escape(escaped, "%", static_cast<char>(byte), Letters::kUpper);
  const auto bytes = percent_decoded(escaped);
  ASSERT_TRUE(bytes);
  ASSERT_EQ(bytes->size(), 256U);
  for (std::size_t i = 0; i < 256; ++i) EXPECT_EQ(static_cast<unsigned char>((*bytes)[i]), i);
  EXPECT_EQ(percent_decoded("a%2fb%2Fc"), "a/b/c");
  for (const char* text : {"%", "%4", "a%4", "%zz", "%4g", "%-1", "% 1"}) EXPECT_FALSE(percent_decoded(text)) << text;
}

}  // namespace
}  // namespace immure::text
