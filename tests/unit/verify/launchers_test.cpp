#include "verify/launchers.hpp"

#include <gtest/gtest.h>

namespace immure::verify {
namespace {

const std::string kFirst(64, 'a'), kSecond(64, '0');

TEST(Launchers, AreTheDigestsOfAList) {
  const auto list = parse_launchers("# published\n\n" + kFirst + "  immure\n" + kSecond + " *bin/immure", "list");
  ASSERT_TRUE(list);
  EXPECT_EQ(*list, (std::vector{kFirst, kSecond}));
}

TEST(Launchers, AnyOtherLineIsAnErrorWithItsPlace) {
  const std::string_view lines[] = {"immure", " ", "  # no comment"};
  std::vector<std::string> wrong(std::begin(lines), std::end(lines));
  for (const std::string& line : {kFirst, kFirst + "  ", kFirst + " immure", kFirst + "\timmure", kFirst + "0  immure",
                                  kFirst.substr(1) + "  immure", std::string(64, 'A') + "  immure",
                                  " " + kFirst + "  immure", kFirst + "  ", "\\" + kFirst + "  immure"})
    wrong.push_back(line);
  for (const std::string& line : wrong) {
    const auto list = parse_launchers(kFirst + "  immure\n" + line + "\n", "list");
    ASSERT_FALSE(list) << line;
    EXPECT_EQ(list.error().where, "list:2") << line;
  }
}

TEST(Launchers, AListOfNothingIsAnError) {
  for (const std::string_view text : {"", "\n", "# nothing\n"}) EXPECT_FALSE(parse_launchers(text, "list")) << text;
}

}  // namespace
}  // namespace immure::verify
