#include "inspect/report/escape.hpp"

#include <gtest/gtest.h>

namespace immure::inspect {
namespace {

TEST(Escape, PrintableNamesStayAsTheyAre) {
  EXPECT_EQ(Escaped::name("a b/ü-日本.txt").str(), "a b/ü-日本.txt");
  EXPECT_EQ(Escaped::text("a b/ü-日本.txt").str(), "a b/ü-日本.txt");
}

TEST(Escape, ControlCharactersAreShown) {
  EXPECT_EQ(Escaped::name("a\x1B[2Jb\n\x7F").str(), "a%1B[2Jb%0A%7F");
  EXPECT_EQ(Escaped::text("a\x1B[2Jb\n").str(), "a\\x1B[2Jb\\x0A");
  EXPECT_EQ(Escaped::name("\xC2\x9B"
                          "31m")
                .str(),
            "%C2%9B31m");  // C1: the 8-bit form of ESC [
  EXPECT_EQ(Escaped::name("a\xE2\x80\xA8"
                          "b")
                .str(),
            "a%E2%80%A8b");  // line separator
}

TEST(Escape, BidirectionalAndInvisibleCharactersAreShown) {
  EXPECT_EQ(Escaped::name("a\xE2\x80\xAEgpj.exe").str(), "a%E2%80%AEgpj.exe");
  EXPECT_EQ(Escaped::name("a\xE2\x80\x8B"
                          "b")
                .str(),
            "a%E2%80%8Bb");
  EXPECT_EQ(Escaped::name("\xF3\xA0\x81\x81").str(), "%F3%A0%81%81");  // a tag character
}

TEST(Escape, SpecialSpacesAndVariationSelectorsAreShown) {
  EXPECT_EQ(Escaped::name("a\xC2\xA0.txt").str(), "a%C2%A0.txt");
  EXPECT_EQ(Escaped::name("\xE3\x80\x80").str(), "%E3%80%80");
  EXPECT_EQ(Escaped::name("\xE2\x9D\xA4\xEF\xB8\x8F").str(), "\xE2\x9D\xA4%EF%B8%8F");
}

TEST(Escape, MalformedUtf8IsShownByteForByte) {
  EXPECT_EQ(Escaped::name("caf\xE9").str(), "caf%E9");
  EXPECT_EQ(Escaped::name("\xC0\xAF").str(), "%C0%AF");         // overlong slash
  EXPECT_EQ(Escaped::name("\xED\xA0\x80").str(), "%ED%A0%80");  // surrogate
  EXPECT_EQ(Escaped::name("\xF4\x90\x80\x80").str(), "%F4%90%80%80");
  EXPECT_EQ(Escaped::name("\xE2\x80").str(), "%E2%80");
}

TEST(Escape, NamesCanBeTurnedBack) { EXPECT_NE(Escaped::name("%0A"), Escaped::name("\n")); }

TEST(Escape, UrisHaveUnreservedCharactersAlone) {
  EXPECT_EQ(Escaped::uri("a b/c?d#e:ü").str(), "a%20b/c%3Fd%23e%3A%C3%BC");
}

}  // namespace
}  // namespace immure::inspect
