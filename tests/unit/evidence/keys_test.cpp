#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "evidence/keys.hpp"
#include "evidence/p256.hpp"
#include "text/base64.hpp"

namespace immure::evidence {
namespace {

using namespace std::string_view_literals;

/// The key of RFC 8032, section 7.1, test 2, which signs one byte.
constexpr std::string_view kSeed =
    "\x4c\xcd\x08\x9b\x28\xff\x96\xda\x9d\xb6\xc3\x46\xec\x11\x4e\x0f\x5b\x8a\x31\x9f\x35\xab\xa6\x24\xda\x8c\xf6\xed\x4f\xb8\xa6\xfb"sv;
constexpr std::string_view kPoint =
    "\x3d\x40\x17\xc3\xe8\x43\x89\x5a\x92\xb7\x0a\xa7\x4d\x1b\x7e\xbc\x9c\x98\x2c\xcf\x2e\xc4\x96\x8c\xc0\xcd\x55\xf1\x2a\xf4\x66\x0c"sv;
constexpr std::string_view kSignature =
    "\x92\xa0\x09\xa9\xf0\xd4\xca\xb8\x72\x0e\x82\x0b\x5f\x64\x25\x40\xa2\xb2\x7b\x54\x16\x50\x3f\x8f\xb3\x76\x22\x23"
    "\xeb\xdb\x69\xda"
    "\x08\x5a\xc1\xe4\x3e\x15\x99\x6e\x45\x8f\x36\x13\xd0\xf1\x1d\x8c\x38\x7b\x2e\xae\xb4\x30\x2a\xee\xb0\x0d\x29\x16\x12\xbb\x0c\x00"sv;

constexpr std::string_view kSpki = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"sv;
constexpr std::string_view kPkcs8 = "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"sv;

std::string pem(std::string_view label, std::string_view der) {
  return "-----BEGIN " + std::string(label) + "-----\n" + text::base64(der) + "\n-----END " + std::string(label) +
         "-----\n";
}
std::string public_pem(std::string_view point) { return pem("PUBLIC KEY", std::string(kSpki) + std::string(point)); }

class Keys : public ::testing::Test {
 protected:
  Keys() {
    std::string pattern = std::filesystem::temp_directory_path() / "immure-keys-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    directory_ = pattern;
  }
  ~Keys() override { std::filesystem::remove_all(directory_); }
  std::string write(const std::string& name, std::string_view text, mode_t mode = 0600) {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }
  std::string directory_;
};

TEST_F(Keys, SignAsRfc8032Says) {
  const auto key = PrivateKey::load(write("k", pem("PRIVATE KEY", std::string(kPkcs8) + std::string(kSeed))));
  ASSERT_TRUE(key) << to_text(key.error());
  EXPECT_EQ(key->sign("\x72"), kSignature);
  EXPECT_EQ(key->public_key().pem(), public_pem(kPoint));
  EXPECT_TRUE(key->public_key().verifies("\x72", kSignature));
}

TEST_F(Keys, AreReadBackFromTheirPem) {
  const PrivateKey key = PrivateKey::generate();
  const auto again = PrivateKey::load(write("k", key.pem()));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->pem(), key.pem());
  EXPECT_EQ(again->sign("m"), key.sign("m"));
  const auto shown = PublicKey::load(write("p", key.public_key().pem()));
  ASSERT_TRUE(shown);
  EXPECT_EQ(*shown, key.public_key());
  EXPECT_EQ(shown->key_id().size(), 64U);
}

TEST_F(Keys, ThatAreGeneratedDiffer) { EXPECT_NE(PrivateKey::generate().pem(), PrivateKey::generate().pem()); }

TEST_F(Keys, VerifyTheirOwnSignatureAndNoOther) {
  const PrivateKey key = PrivateKey::generate();
  const std::string signature = key.sign("message");
  EXPECT_TRUE(key.public_key().verifies("message", signature));
  EXPECT_FALSE(key.public_key().verifies("massage", signature));
  EXPECT_FALSE(PrivateKey::generate().public_key().verifies("message", signature));
  EXPECT_FALSE(key.public_key().verifies("message", signature.substr(1)));
  EXPECT_FALSE(key.public_key().verifies("message", signature + "x"));
  EXPECT_FALSE(key.public_key().verifies("message", ""));
  EXPECT_FALSE(key.public_key().verifies("message", std::string(64, '\0')));
}

TEST_F(Keys, RefuseTheSameSignatureWithALargerScalar) {
  // S + L satisfies the same equation as S. If the verifier accepted S + L, one statement could have two signatures
  // (RFC 8032, section 8.4).
  constexpr std::string_view kOrder =
      "\xed\xd3\xf5\x5c\x1a\x63\x12\x58\xd6\x9c\xf7\xa2\xde\xf9\xde\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10"sv;
  const PrivateKey key = PrivateKey::generate();
  std::string signature = key.sign("message");
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry +=
        static_cast<unsigned char>(signature[32 + i]) + static_cast<unsigned>(static_cast<unsigned char>(kOrder[i]));
    signature[32 + i] = static_cast<char>(carry);
    carry >>= 8;
  }
  EXPECT_FALSE(key.public_key().verifies("message", signature));
}

TEST_F(Keys, OfSmallOrderAreRefused) {
  for (
      const std::string_view point :
      {"\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"sv,
       "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"sv,
       "\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a"sv,
       "\xec\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"sv}) {
    const auto key = PublicKey::parse(public_pem(point), "p");
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().what, "an invalid Ed25519 key (the point has a small order)");
  }
  EXPECT_TRUE(PublicKey::parse(public_pem(kPoint), "p"));
}

TEST_F(Keys, OfAnotherAlgorithmAreNamed) {
  const std::string ec = "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01" + std::string(70, 'x');
  const auto parsed = PublicKey::parse(pem("PUBLIC KEY", ec), "p");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().what,
            "a key for ECDSA in another form, or on another curve, not for Ed25519 or ECDSA P-256");
  const std::string rsa =
      std::string("\x30\x82\x01\x22\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01") + std::string(70, 'x');
  EXPECT_EQ(PublicKey::parse(pem("PUBLIC KEY", rsa), "p").error().what,
            "a key for RSA, not for Ed25519 or ECDSA P-256");
}

TEST_F(Keys, InAnythingButOnePemBlockAreRefused) {
  const std::string good = public_pem(kPoint);
  ASSERT_TRUE(PublicKey::parse(good, "p"));
  EXPECT_TRUE(PublicKey::parse(good.substr(0, good.size() - 1), "p"));
  const std::string der = std::string(kSpki) + std::string(kPoint);
  for (const std::string& bad :
       {std::string(), std::string("hello"), good + good, good + "x", " " + good, good.substr(0, 40),
        pem("PUBLIC KEY", der + "x"), pem("PUBLIC KEY", der.substr(1)), pem("PUBLIC KEY", ""), pem("PRIVATE KEY", der),
        pem("OPENSSH PRIVATE KEY", der), std::string("-----BEGIN PUBLIC KEY-----\n!!!!\n-----END PUBLIC KEY-----\n"),
        std::string(20'000, 'x')})
    EXPECT_FALSE(PublicKey::parse(bad, "p")) << bad.substr(0, 60);
}

TEST_F(Keys, AnErrorNamesAPrivateKeyInPlaceOfAPublicKey) {
  const PrivateKey key = PrivateKey::generate();
  EXPECT_EQ(PublicKey::parse(key.pem(), "p").error().what, "a private key where a public key is wanted");
  EXPECT_EQ(PrivateKey::load(write("p", key.public_key().pem())).error().what,
            "a public key where a private key is wanted");
}

TEST_F(Keys, ThatOthersCanReadOrWriteAreRefusedWithTheRemedy) {
  const PrivateKey key = PrivateKey::generate();
  for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0666U}) {
    const auto loaded = PrivateKey::load(write("k", key.pem(), mode));
    ASSERT_FALSE(loaded) << mode;
    EXPECT_NE(loaded.error().hint.find("chmod 600"), std::string::npos);
  }
  for (const mode_t mode : {0600U, 0400U})
    EXPECT_TRUE(PrivateKey::load(write("k" + std::to_string(mode), key.pem(), mode)));
}

TEST_F(Keys, OfAnotherUserAreRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "root: needs root to give a file away";
  const std::string path = write("k", PrivateKey::generate().pem());
  ASSERT_EQ(::chown(path.c_str(), 12345, 12345), 0);
  EXPECT_FALSE(PrivateKey::load(path));
}

TEST_F(Keys, BehindALinkAreRefused) {
  const PrivateKey key = PrivateKey::generate();
  std::filesystem::create_symlink(write("k", key.pem()), directory_ + "/link");
  EXPECT_FALSE(PrivateKey::load(directory_ + "/link"));
  EXPECT_FALSE(PrivateKey::load(directory_ + "/nowhere"));
}

TEST_F(Keys, AMovedKeyLeavesNothingBehind) {
  PrivateKey key = PrivateKey::generate();
  const std::string text = key.pem();
  const PrivateKey moved = std::move(key);
  EXPECT_EQ(moved.pem(), text);
  // NOLINTNEXTLINE(bugprone-use-after-move): this test checks that nothing of the key is left.
  EXPECT_EQ(key.pem(), pem("PRIVATE KEY", std::string(kPkcs8) + std::string(32, '\0')));
}

// ---- ECDSA P-256

/// The private key of RFC 6979, A.2.5, and its public key.
constexpr auto kP256Secret =
    "\xC9\xAF\xA9\xD8\x45\xBA\x75\x16\x6B\x5C\x21\x57\x67\xB1\xD6\x93\x4E\x50\xC3\xDB\x36\xE8\x9B\x12\x7B\x8A\x62\x2B\x12\x0F\x67\x21"sv;
constexpr auto kP256Point =
    "\x04\x60\xFE\xD4\xBA\x25\x5A\x9D\x31\xC9\x61\xEB\x74\xC6\x35\x6D\x68\xC0\x49\xB8\x92\x3B\x61\xFA\x6C\xE6\x69\x62"
    "\x2E\x60\xF2\x9F\xB6"
    "\x79\x03\xFE\x10\x08\xB8\xBC\x99\xA4\x1A\xE9\xE9\x56\x28\xBC\x64\xF2\xF1\xB2\x0C\x2D\x7E\x9F\x51\x77\xA3\xC2\x94\xD4\x46\x22\x99"sv;
/// The signature of "sample" with SHA-256, from the same appendix. Its s is the larger of the two.
constexpr auto kP256R =
    "\xEF\xD4\x8B\x2A\xAC\xB6\xA8\xFD\x11\x40\xDD\x9C\xD4\x5E\x81\xD6\x9D\x2C\x87\x7B\x56\xAA\xF9\x91\xC3\x4D\x0E\xA8\x4E\xAF\x37\x16"sv;
constexpr auto kP256LargerS =
    "\xF7\xCB\x1C\x94\x2D\x65\x7C\x41\xD4\x36\xC7\xA1\xB6\xE2\x9F\x65\xF3\xE9\x00\xDB\xB9\xAF\xF4\x06\x4D\xC4\xAB\x2F\x84\x3A\xCD\xA8"sv;
constexpr auto kP256SmallerS =
    "\x08\x34\xE3\x6A\xD2\x9A\x83\xBF\x2B\xC9\x38\x5E\x49\x1D\x60\x99\xC8\xFD\xF9\xD1\xED\x67\xAA\x7E\xA5\xF5\x1F\x93\x78\x28\x57\xA9"sv;

template <std::size_t N>
std::array<std::uint8_t, N> array_of(std::string_view bytes) {
  std::array<std::uint8_t, N> out{};
  std::ranges::copy(bytes, out.begin());
  return out;
}

std::string der_integer(std::string_view number) {
  std::string bytes(number);
  if ((static_cast<unsigned char>(bytes[0]) & 0x80U) != 0) bytes.insert(0, 1, '\0');
  return std::string("\x02") + static_cast<char>(bytes.size()) + bytes;
}
std::string der_signature(std::string_view r, std::string_view s) {
  const std::string body = der_integer(r) + der_integer(s);
  return std::string("\x30") + static_cast<char>(body.size()) + body;
}

TEST(P256, WritesTheSignatureOfAnotherProgramInItsOwnForm) {
  const std::string own = der_signature(kP256R, kP256SmallerS);
  EXPECT_EQ(p256::canonical(own), own);
  EXPECT_EQ(p256::canonical(der_signature(kP256R, kP256LargerS)), own);
  EXPECT_EQ(p256::canonical(std::string(kP256R) + std::string(kP256LargerS)), own);
  EXPECT_EQ(p256::canonical(std::string(kP256R) + std::string(kP256SmallerS)), own);
  for (const std::string& other : {std::string(), std::string("no signature"), own + "x", own.substr(1)})
    EXPECT_EQ(p256::canonical(other), other);
  EXPECT_FALSE(p256::is_signature(p256::canonical(std::string(64, '\0'))));
  EXPECT_FALSE(p256::is_signature(p256::canonical(std::string(64, '\xff'))));
}

TEST(P256, VerifiesAsRfc6979Says) {
  const auto point = array_of<65>(kP256Point);
  EXPECT_TRUE(p256::verifies(point, "sample", der_signature(kP256R, kP256SmallerS)));
  EXPECT_FALSE(p256::verifies(point, "samples", der_signature(kP256R, kP256SmallerS)));
  p256::Point made;
  ASSERT_TRUE(p256::public_of(array_of<32>(kP256Secret), made));
  EXPECT_EQ(made, point);
}

TEST(P256, OfTwoThatVerifyTakesOne) {
  const auto point = array_of<65>(kP256Point);
  EXPECT_FALSE(p256::verifies(point, "sample", der_signature(kP256R, kP256LargerS)));
  EXPECT_FALSE(p256::is_signature(der_signature(kP256R, kP256LargerS)));
  for (int i = 0; i < 50; ++i) {
    const std::string signature = p256::sign(array_of<32>(kP256Secret), std::to_string(i));
    EXPECT_TRUE(p256::is_signature(signature));
    EXPECT_TRUE(p256::verifies(point, std::to_string(i), signature));
  }
}

TEST(P256, ASignatureHasOneForm) {
  const std::string good = der_signature(kP256R, kP256SmallerS);
  ASSERT_TRUE(p256::is_signature(good));
  const std::string zero(1, '\0');
  const std::string one("\x01");
  std::string longer = good;
  longer[1] = static_cast<char>(longer[1] + 1);
  for (const std::string& bad :
       {std::string(), good.substr(1), good + "x", longer + "x", good.substr(0, good.size() - 1),
        der_signature(zero, one), der_signature(one, zero), std::string(kP256R) + std::string(kP256SmallerS),
        std::string(64, '\0'), "\x30\x81" + good.substr(1), der_signature(std::string(32, '\xff'), one),
        std::string("\x30\x07\x02\x02\x00\x01\x02\x01\x01"sv), std::string("\x30\x06\x02\x01\x81\x02\x01\x01"sv)})
    EXPECT_FALSE(p256::is_signature(bad)) << text::base64(bad);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(p256::verifies(array_of<65>(kP256Point), "sample", changed)) << i;
  }
}

TEST(P256, APointOffTheCurveAndASecretOutOfRangeAreNone) {
  auto point = array_of<65>(kP256Point);
  EXPECT_TRUE(p256::is_point(point));
  point[64] ^= 1;
  EXPECT_FALSE(p256::is_point(point));
  EXPECT_FALSE(p256::is_point(p256::Point{}));
  EXPECT_FALSE(p256::public_of(p256::Scalar{}, point));
  EXPECT_FALSE(p256::public_of(array_of<32>(std::string(32, '\xff')), point));
}

TEST_F(Keys, OnP256AreReadBackFromTheirPem) {
  const PrivateKey key = PrivateKey::generate(KeyType::kP256);
  const auto read = PrivateKey::load(write("k", key.pem()));
  ASSERT_TRUE(read) << to_text(read.error());
  EXPECT_EQ(read->public_key(), key.public_key());
  const auto known = PublicKey::parse(key.public_key().pem(), "p");
  ASSERT_TRUE(known);
  EXPECT_EQ(*known, key.public_key());
  EXPECT_TRUE(known->verifies("text", read->sign("text")));
  const PrivateKey other = PrivateKey::generate(KeyType::kP256);
  EXPECT_FALSE(known->verifies("text", other.sign("text")));
  EXPECT_FALSE(known->verifies("text", PrivateKey::generate().sign("text")));
  EXPECT_FALSE(PrivateKey::generate().public_key().verifies("text", key.sign("text")));
}

TEST_F(Keys, OnP256WithThePublicHalfOfAnotherAreRefused) {
  std::string der = *text::unbase64([](std::string text) {
    text = text.substr(28, text.find("-----END") - 28);
    std::erase(text, '\n');
    return text;
  }(PrivateKey::generate(KeyType::kP256).pem()));
  der.back() = static_cast<char>(der.back() ^ 1);
  EXPECT_EQ(PrivateKey::load(write("k", pem("PRIVATE KEY", der))).error().what,
            "its public key does not belong to its private key");
}

TEST_F(Keys, TheDestructorOverwritesAKeyWithZeros) {
  for (const KeyType type : {KeyType::kEd25519, KeyType::kP256}) {
    alignas(PrivateKey) std::array<std::byte, sizeof(PrivateKey)> room{};
    auto* key = ::new (room.data()) PrivateKey(PrivateKey::generate(type));
    const std::string text = key->pem();
    const std::string der = *text::unbase64([](std::string body) {
      body = body.substr(28, body.find("-----END") - 28);
      std::erase(body, '\n');
      return body;
    }(text));
    const std::string secret = der.substr(type == KeyType::kEd25519 ? 16 : 36, 32);
    const auto holds = [&] {
      // Read through volatile: otherwise the compiler may assume that nobody reads memory after its lifetime.
      std::string now;
      for (const std::byte& byte : room) now += static_cast<char>(*const_cast<const volatile std::byte*>(&byte));
      return now.find(secret) != std::string::npos;
    };
    EXPECT_TRUE(holds());
    key->~PrivateKey();
    EXPECT_FALSE(holds());
  }
}

}  // namespace
}  // namespace immure::evidence
