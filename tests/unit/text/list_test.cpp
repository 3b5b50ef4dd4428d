#include "text/list.hpp"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace immure::text {
namespace {

TEST(ListText, HasACommaBetweenTwoItems) {
  EXPECT_EQ(list_text(std::vector<std::string>{}), "");
  EXPECT_EQ(list_text(std::vector<std::string>{"a"}), "a");
  EXPECT_EQ(list_text(std::vector<std::string>{"a", "b", "c"}), "a, b, c");
}

TEST(ListText, SaysHowManyItemsItLeavesOut) {
  const std::vector<std::string> items{"a", "b", "c"};
  EXPECT_EQ(list_text(items, 3), "a, b, c");
  EXPECT_EQ(list_text(items, 2), "a, b, and 1 more");
  EXPECT_EQ(list_text(items, 0), "and 3 more");
}

TEST(ListText, NamesItemsAsItIsTold) {
  const std::map<std::string, int> items{{"a", 1}, {"b", 2}};
  EXPECT_EQ(list_text(items, kAllItems, [](const auto& item) { return item.first + std::to_string(item.second); }),
            "a1, b2");
  EXPECT_EQ(list_text(items, kAllItems, &std::pair<const std::string, int>::first), "a, b");
}

}  // namespace
}  // namespace immure::text
