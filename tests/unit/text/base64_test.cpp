#include <gtest/gtest.h>

#include "text/base64.hpp"

namespace immure::text {
namespace {

struct Vector {
  std::string_view bytes, text;
};

// The examples of RFC 4648, section 10.
constexpr Vector kVectors[] = {{"", ""},
                               {"f", "Zg=="},
                               {"fo", "Zm8="},
                               {"foo", "Zm9v"},
                               {"foob", "Zm9vYg=="},
                               {"fooba", "Zm9vYmE="},
                               {"foobar", "Zm9vYmFy"}};

TEST(Base64, WritesAndReadsTheVectors) {
  for (const Vector& vector : kVectors) {
    EXPECT_EQ(base64(vector.bytes), vector.text);
    EXPECT_EQ(unbase64(vector.text), std::string(vector.bytes));
    EXPECT_EQ(unbase64_size(vector.text), vector.bytes.size());
  }
}

TEST(Base64, ReadsBackEveryByteAtEveryLength) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(unbase64(base64(bytes)), bytes);
    EXPECT_EQ(unbase64url(base64url(bytes)), bytes);
    bytes += static_cast<char>(i * 7);
  }
}

TEST(Base64, RefusesBitsLeftOver) {
  EXPECT_TRUE(unbase64("Zg=="));
  EXPECT_FALSE(unbase64("Zh=="));
  EXPECT_TRUE(unbase64("Zm8="));
  EXPECT_FALSE(unbase64("Zm9="));
  EXPECT_FALSE(unbase64url("Zh"));
}

TEST(Base64, RefusesJunkAndWrongPadding) {
  for (const char* bad : {"Zg", "Zg=", "Zg===", "====", "=", "Z===", "Zm9v\n", " Zm9v", "Zm 9v", "Zm9v=", "Zm9vZg",
                          "Zm_v", "Zm-v", "Zm9\xC3", "Zg==Zg==", "Z=g="})
    EXPECT_FALSE(unbase64(bad)) << bad;
  for (const char* bad : {"Zg==", "Z", "Zm+v", "Zm/v", "Zm9v\n"}) EXPECT_FALSE(unbase64url(bad)) << bad;
}

TEST(Base64, AppendsNothingWhenItRefuses) {
  std::string out = "kept";
  EXPECT_FALSE(append_unbase64(out, "Zm9vZh=="));
  EXPECT_EQ(out, "kept");
  EXPECT_TRUE(append_unbase64(out, "Zm9v"));
  EXPECT_EQ(out, "keptfoo");
}

}  // namespace
}  // namespace immure::text
