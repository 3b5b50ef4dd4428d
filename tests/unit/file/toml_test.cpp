#include "file/toml.hpp"

#include <gtest/gtest.h>

namespace immure::file {
namespace {

TEST(Toml, EachKindOfValueKeepsItsTypeAndItsLine) {
  const auto table = parse_toml(
      "flag = true\nnumber = -7\nreal = 0.5\ntext = \"a\"\nday = 2026-01-02\ntime = 2026-01-02T03:04:05Z\n"
      "list = [1, [2]]\n[inner]\nkey = \"b\"\n",
      "x.toml");
  ASSERT_TRUE(table);
  EXPECT_TRUE(*table->at("flag").get<bool>());
  EXPECT_EQ(*table->at("number").get<std::int64_t>(), -7);
  EXPECT_EQ(*table->at("real").get<double>(), 0.5);
  EXPECT_EQ(*table->at("text").get<std::string>(), "a");
  EXPECT_EQ(table->at("day").get<TomlDay>()->text, "2026-01-02");
  EXPECT_EQ(table->at("time").get<TomlDay>()->text, "2026-01-02");
  const TomlArray& list = *table->at("list").get<TomlArray>();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(*list[1].get<TomlArray>()->at(0).get<std::int64_t>(), 2);
  const TomlNode& inner = table->at("inner");
  EXPECT_EQ(inner.line, 8U);
  EXPECT_EQ(inner.get<TomlTable>()->at("key").line, 9U);
}

TEST(Toml, AValueOfAnotherTypeIsNotConverted) {
  const auto table = parse_toml("number = 1\nclock = 03:04:05\n", "x.toml");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->at("number").get<double>(), nullptr);
  EXPECT_EQ(table->at("number").get<bool>(), nullptr);
  EXPECT_EQ(table->at("number").get<std::string>(), nullptr);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(table->at("clock").value));
}

std::string keys(int parts) {
  std::string text = "a";
  for (int i = 1; i < parts; ++i) text += ".a";
  return text;
}

TEST(Toml, AKeyOfVeryManyPartsIsAnErrorAndNoStackOverflow) {
  EXPECT_TRUE(parse_toml(keys(64) + " = 1\n", "x.toml"));
  for (const std::string& text :
       {keys(65) + " = 1\n", "[" + keys(10'000) + "]\n", "[[" + keys(10'000) + "]]\n",
        "x = {" + keys(30'000) + " = 1}\n", "x = \"\"\" \" \"\"\"\n" + keys(30'000) + " = 1\n",
        "x = 'a\n" + keys(30'000) + " = 1\n"}) {
    const auto table = parse_toml(text, "x.toml");
    ASSERT_FALSE(table) << text.substr(0, 40);
    EXPECT_NE(table.error().what, "") << text.substr(0, 40);
  }
}

TEST(Toml, DotsInATextAreNoPartsOfAKey) {
  const auto table = parse_toml("a = \"" + keys(500) + "\"\nb = '" + keys(500) + "' # " + keys(500) + "\n", "x.toml");
  ASSERT_TRUE(table);
  EXPECT_EQ(*table->at("a").get<std::string>(), keys(500));
}

TEST(Toml, ATableWithoutANameIsAnErrorAndNoAbort) { EXPECT_FALSE(parse_toml("[!", "x.toml")); }

}  // namespace
}  // namespace immure::file
