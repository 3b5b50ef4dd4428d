#include "plan/own_needs.hpp"

#include <gtest/gtest.h>

namespace immure::plan {
namespace {

std::string error_of(std::string_view text) {
  const auto own = parse_needs(text, "own.toml");
  return own ? "" : to_text(own.error());
}

TEST(OwnNeeds, AreReadLikeTheCatalogue) {
  const auto own = parse_needs(
      "[[need]]\nprograms = ['mine', 'other']\nwhen = ['/out/*']\ntmp_mib = 64\nread_back = true\nsocket_pairs = true\n"
      "environment = {A = 'b'}\nbecause = 'sorts on disk'\n[[need]]\nprograms = ['x']\nread_back = true\nbecause = "
      "'y'\n",
      "own.toml");
  ASSERT_TRUE(own) << to_text(own.error());
  ASSERT_EQ((*own)->needs.size(), 2U);
  const KnownNeed& need = (*own)->needs.front();
  EXPECT_EQ(need.programs, (std::vector<std::string_view>{"mine", "other"}));
  EXPECT_EQ(need.when, (std::vector<std::string_view>{"/out/*"}));
  EXPECT_EQ(need.scratch_bytes, 64U << 20);
  EXPECT_TRUE(need.read_back && need.socket_pairs);
  EXPECT_EQ(need.environment.front().second, "b");
  EXPECT_EQ(need.because, "sorts on disk");
}

TEST(OwnNeeds, MessagesNameLineAndKey) {
  const std::string rest = "read_back = true\nbecause = 'y'\n";
  EXPECT_EQ(error_of(""), "");
  EXPECT_TRUE(error_of("needs = 1\n").starts_with("own.toml:1:needs: is no [[need]]"));
  EXPECT_TRUE(error_of("[[need]]\nprograms = ['a/b']\n" + rest).starts_with("own.toml:2:programs: has a path"));
  EXPECT_TRUE(error_of("[[need]]\nprograms = ['a']\nspeed = 1\n").starts_with("own.toml:3:speed: is an unknown key"));
  EXPECT_TRUE(error_of("[[need]]\nprograms = ['a']\ntmp_mib = 0\n").starts_with("own.toml:3:tmp_mib: must be"));
  EXPECT_NE(error_of("[[need]]\nprograms = ['a']\nbecause = 'b'\n").find("gives nothing"), std::string::npos);
  EXPECT_NE(error_of("[[need]]\nprograms = ['a']\nread_back = true\n").find("no `because`"), std::string::npos);
  EXPECT_NE(error_of("[[need]]\n" + rest).find("no `programs`"), std::string::npos);
}

TEST(OwnNeeds, AreForProgramsAnywhere) {
  const auto own = parse_needs("[[need]]\nprograms = ['mine']\nread_back = true\nbecause = 'b'\n", "own.toml");
  ASSERT_TRUE(own);
  const std::vector<std::string> arguments;
  const Started started{.path = "/home/me/bin/mine", .asked = "mine", .arguments = arguments, .workdir = "/"};
  EXPECT_EQ(needs_of(started, (*own)->needs).size(), 1U);
  EXPECT_TRUE(needs_of(started).empty());
  const Started other{.path = "/home/me/bin/other", .asked = "other", .arguments = arguments, .workdir = "/"};
  EXPECT_TRUE(needs_of(other, (*own)->needs).empty());
}

}  // namespace
}  // namespace immure::plan
