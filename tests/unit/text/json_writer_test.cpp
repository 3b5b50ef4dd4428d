#include "text/json_writer.hpp"

#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace immure::text {
namespace {

TEST(JsonWriter, SeparatesMembersAndElementsAtEveryLevel) {
  std::string out = "before ";
  JsonWriter json(out);
  json.object().member("a", 1).key("b").array();
  json.array().close().object().close().value("x").null();
  json.close().key("c").object().member("d", true).member("e", false).close().key("f").raw("[0]");
  json.close();
  EXPECT_EQ(out, R"(before {"a":1,"b":[[],{},"x",null],"c":{"d":true,"e":false},"f":[0]})");
}

TEST(JsonWriter, WritesListsOfTextsAndNumbers) {
  EXPECT_EQ(to_json(std::vector<std::string>{}), "[]");
  EXPECT_EQ(to_json(std::vector<std::string>{"a", "b\n"}), R"(["a","b\n"])");
  EXPECT_EQ(to_json(std::vector<std::vector<int>>{{1, 2}, {}, {3}}), "[[1,2],[],[3]]");
}

TEST(JsonWriter, WritesEveryIntegerInFull) {
  EXPECT_EQ(to_json(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(to_json(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(to_json(std::uint8_t{'a'}), "97");
}

TEST(JsonWriter, TakesACharacterArrayForATextAndNotForABoolean) {
  const char* const pointer = "p";
  EXPECT_EQ(to_json(pointer), R"("p")");
  EXPECT_EQ(to_json("literal"), R"("literal")");
}

TEST(JsonWriter, EscapesKeysAsItEscapesTexts) {
  std::string out;
  JsonWriter(out).object().member("a\"\xff", "b\\").close();
  EXPECT_EQ(out, R"({"a\"\\xff":"b\\"})");
}

TEST(AsciiJson, SaysTheSameInAscii) {
  EXPECT_EQ(ascii_json("{\"a\":\"\xC3\xA4\xE2\x80\xAE\xF0\x9F\x98\x80\x7F\",\"b\":[1,\"\\u001b\"]}"),
            "{\"a\":\"\\u00e4\\u202e\\ud83d\\ude00\\u007f\",\"b\":[1,\"\\u001b\"]}");
}

}  // namespace
}  // namespace immure::text
