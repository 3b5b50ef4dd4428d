#include "file/sha256.hpp"

#include <gtest/gtest.h>

namespace immure::file {
namespace {

// The examples of FIPS 180-4.
TEST(Sha256, HashesTheStandardsVectors) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesHashLikeTheWhole) {
  Sha256 hash;
  hash.update("ab");
  hash.update("c");
  EXPECT_EQ(hash.finish(), sha256("abc"));
}

TEST(Sha256, StartsAnewAfterFinish) {
  Sha256 hash;
  hash.update("first");
  static_cast<void>(hash.finish());
  hash.update("abc");
  EXPECT_EQ(hash.finish(), sha256("abc"));
}

TEST(Sha256, HexIsSixtyFourLowerCaseDigits) {
  const std::string good = sha256_hex("x");
  EXPECT_TRUE(is_sha256_hex(good));
  EXPECT_FALSE(is_sha256_hex(good.substr(1)));
  EXPECT_FALSE(is_sha256_hex(good + "0"));
  EXPECT_FALSE(is_sha256_hex("A" + good.substr(1)));
  EXPECT_FALSE(is_sha256_hex("g" + good.substr(1)));
  EXPECT_FALSE(is_sha256_hex(""));
}

}  // namespace
}  // namespace immure::file
