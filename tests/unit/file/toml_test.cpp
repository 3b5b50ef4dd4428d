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

TEST(Toml, ATableWithoutANameIsAnErrorAndNoAbort) { EXPECT_FALSE(parse_toml("[!", "x.toml")); }

}  // namespace
}  // namespace immure::file
