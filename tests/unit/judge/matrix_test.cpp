#include <algorithm>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "file/sha256.hpp"
#include "judge/judge.hpp"

namespace immure::judge {
namespace {

TEST(Matrix, HasThePacketsFortyFiveTestsNumberedInOrder) {
  ASSERT_EQ(matrix().size(), 48U);
  for (std::size_t i = 0; i < 45; ++i) {
    EXPECT_EQ(matrix()[i].number, static_cast<int>(i) + 1);
    EXPECT_EQ(matrix()[i].in_place_of, 0);
  }
}

TEST(Matrix, ThreeTestsTakeThePlaceOfOneOfThePackets) {
  EXPECT_EQ(test_of(46).in_place_of, 33);
  EXPECT_EQ(test_of(47).in_place_of, 29);
  EXPECT_EQ(test_of(48).in_place_of, 25);
  EXPECT_EQ(place_of(46), SandboxTest(33));
  EXPECT_EQ(place_of(47), SandboxTest(29));
  EXPECT_EQ(place_of(48), SandboxTest(25));
  for (const SandboxTest test : SandboxTest::all()) EXPECT_EQ(place_of(test), test);
  for (const int number : {0, 23, 38, 45, 49}) EXPECT_FALSE(place_of(number)) << number;
}

TEST(Matrix, ElevenTestsNeedARealSandboxAndAllOfThemAreL1) {
  const auto needs = [](const MatrixTest& test) { return test.sandbox_only; };
  EXPECT_EQ(std::ranges::count_if(matrix(), needs), 11);
  for (const MatrixTest& test : matrix()) EXPECT_TRUE(!test.sandbox_only || test.level == "L1") << test.number;
}

TEST(Matrix, L1IsTheTestsOfTheSandboxAndEachHasItsBoundary) {
  for (const MatrixTest& test : matrix()) {
    const bool l1 = (test.number >= 24 && test.number <= 37) || test.in_place_of != 0;
    EXPECT_EQ(test.level == "L1", l1) << test.number;
    EXPECT_EQ(!test.boundary.empty(), l1) << test.number;
    EXPECT_FALSE(test.title.empty());
    EXPECT_FALSE(test.passes_when.empty());
  }
}

TEST(Matrix, NumbersHaveTypes) {
  EXPECT_EQ(TestNumber::all().size(), matrix().size());
  for (const MatrixTest& test : matrix()) {
    EXPECT_EQ(place_of(test.number).has_value(), test.level == "L1") << int{test.number};
    EXPECT_EQ(&test_of(test.number), &test);
  }
  EXPECT_FALSE(TestNumber::of(0));
  EXPECT_FALSE(TestNumber::of(49));
  EXPECT_FALSE(SandboxTest::of(38));
  EXPECT_EQ(SandboxTest(24).index(), 0U);
  EXPECT_EQ(SandboxTest(37).index(), 13U);
}

TEST(Matrix, TextIsTheFileAndDigestIsOfTheText) {
  std::ifstream file(IMMURE_SOURCE_DIR "/matrix/acceptance.toml", std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_EQ(matrix_toml(), text.str());
  EXPECT_EQ(matrix_sha256(), file::sha256_hex(matrix_toml()));
}

}  // namespace
}  // namespace immure::judge
