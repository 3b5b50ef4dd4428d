#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "evidence/json.hpp"
#include "text/json_writer.hpp"
#include "text/utf8.hpp"

namespace immure::evidence::json {
namespace {

std::string written(std::string_view text) {
  std::string out;
  text::append_json_text(out, text);
  return out;
}

/// The text that the reader returns, or the text of its error.
std::string text_of(std::string_view bytes) {
  Scanner scanner(bytes);
  std::string out;
  scanner.text(out);
  scanner.finish();
  return scanner.failed() ? "error: " + scanner.error().what : out;
}

std::string integer_of(std::string_view bytes) {
  Scanner scanner(bytes);
  std::int64_t value = 0;
  scanner.integer(value);
  scanner.finish();
  return scanner.failed() ? "error: " + scanner.error().what : std::to_string(value);
}

bool refused(const std::string& result) { return result.starts_with("error: "); }

TEST(JsonText, IsWrittenAsRfc8785Says) {
  // This is the example of RFC 8785, section 3.2.2.2.
  EXPECT_EQ(written("\xE2\x82\xAC$\x0F\nA'B\"\\\\\"/"), "\"\xE2\x82\xAC$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"");
  EXPECT_EQ(written("\b\t\n\f\r"), "\"\\b\\t\\n\\f\\r\"");
  EXPECT_EQ(written(std::string_view("\0\x1f\x7f", 3)), "\"\\u0000\\u001f\x7f\"");
}

TEST(JsonText, OfEveryControlCharacterIsReadBack) {
  for (int c = 0; c < 0x80; ++c) {
    const std::string text(1, static_cast<char>(c));
    EXPECT_EQ(text_of(written(text)), text) << c;
    EXPECT_EQ(nlohmann::json::parse(written(text)).get<std::string>(), text) << c;
  }
}

TEST(JsonText, ThatIsNotUtf8IsWrittenByItsBytes) {
  EXPECT_EQ(written("a\xff"
                    "b\xC0\x80"),
            R"("a\\xffb\\xc0\\x80")");
  EXPECT_EQ(text_of(written("a\xff")), text::representable("a\xff"));
  EXPECT_EQ(text::representable("Größe \xF0\x9F\x99\x82"), "Größe \xF0\x9F\x99\x82");
}

TEST(JsonText, IsReadInItsCanonicalSpellingOnly) {
  EXPECT_EQ(text_of(R"("a/b")"), "a/b");
  for (const char* other : {R"("a\/b")", R"("\u0041")", R"("\u000A")", R"("\u000a")", R"("\u001F")", R"("\u00e9")",
                            R"("\x41")", R"("\ud83d\ude42")"})
    EXPECT_TRUE(refused(text_of(other))) << other;
}

TEST(JsonText, WithSurrogatesOrOtherBrokenUtf8IsRefused) {
  for (const char* bad : {"\"\xED\xA0\x80\"", "\"\xED\xBF\xBF\"", "\"\xC0\xAF\"", "\"\xE0\x80\xAF\"",
                          "\"\xF4\x90\x80\x80\"", "\"\xff\"", "\"\xE2\x82\"", R"("\ud800")", R"("\udc00x")"})
    EXPECT_TRUE(refused(text_of(bad))) << bad;
  EXPECT_EQ(text_of("\"\xED\x9F\xBF\""), "\xED\x9F\xBF");
  EXPECT_EQ(text_of("\"\xF4\x8F\xBF\xBF\""), "\xF4\x8F\xBF\xBF");
}

TEST(JsonText, CutOffOrFollowedByBytesIsRefused) {
  for (const char* bad : {"", "\"", "\"abc", "\"abc\\", "\"\\u00", "\"\\u001", "\"a\"x", "\"a\" ", " \"a\"", "\"a\"\n",
                          "\xEF\xBB\xBF\"a\""})
    EXPECT_TRUE(refused(text_of(bad))) << bad;
  EXPECT_TRUE(refused(text_of(std::string_view("\"a\0\"", 4))));
  EXPECT_TRUE(refused(text_of(std::string_view("\"a\"\0", 4))));
}

TEST(JsonText, HasALimit) {
  EXPECT_FALSE(refused(text_of(written(std::string(kMaxTextBytes, 'x')))));
  EXPECT_TRUE(refused(text_of(written(std::string(kMaxTextBytes + 1, 'x')))));
}

TEST(JsonInteger, StaysWithinTwoToTheFiftyThird) {
  EXPECT_EQ(integer_of("9007199254740991"), "9007199254740991");
  EXPECT_EQ(integer_of("-9007199254740991"), "-9007199254740991");
  for (const char* bad :
       {"9007199254740992", "-9007199254740992", "18446744073709551617", "99999999999999999999999999"})
    EXPECT_TRUE(refused(integer_of(bad))) << bad;
}

TEST(JsonInteger, HasOneSpelling) {
  EXPECT_EQ(integer_of("0"), "0");
  EXPECT_EQ(integer_of("-7"), "-7");
  for (const char* bad : {"-0", "00", "01", "-01", "+1", "1.0", "1e3", "1E3", "0x10", "NaN", "Infinity", "-", "", "1.",
                          ".5", "null", "true", "\"1\""})
    EXPECT_TRUE(refused(integer_of(bad))) << bad;
}

TEST(JsonError, NamesThePlaceAndTheKind) {
  Scanner scanner("null");
  std::string text;
  scanner.text(text);
  EXPECT_EQ(scanner.error().what, "wants a string, has null");
  Scanner blank("{ \"a\":1}");
  EXPECT_TRUE(blank.open('{'));
  blank.text(text);
  EXPECT_EQ(blank.error().what, "wants a string, has whitespace, which canonical JSON does not allow");
}

TEST(JsonError, TheFirstOneStays) {
  Scanner scanner("[1,2]");
  std::string text;
  scanner.text(text);
  const std::string first = scanner.error().what;
  std::int64_t value = 5;
  scanner.integer(value);
  scanner.finish();
  EXPECT_EQ(scanner.error().what, first);
  EXPECT_FALSE(scanner.open('['));
}

TEST(Utf8, DecodesWhatItAccepts) {
  struct Case {
    std::string_view bytes;
    char32_t point;
  };
  for (const Case& given :
       {Case{"A", 'A'}, Case{"\xC3\x9F", 0xDF}, Case{"\xE2\x80\xAE", 0x202E}, Case{"\xF0\x9F\x99\x82", 0x1F642}}) {
    ASSERT_EQ(text::utf8_length(given.bytes), given.bytes.size());
    EXPECT_EQ(text::utf8_decode(given.bytes, given.bytes.size()), given.point);
  }
}

}  // namespace
}  // namespace immure::evidence::json
