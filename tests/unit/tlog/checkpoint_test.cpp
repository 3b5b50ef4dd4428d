#include "tlog/checkpoint.hpp"

#include <gtest/gtest.h>

namespace immure::tlog {
namespace {

using evidence::KeyType;
using evidence::PrivateKey;

Checkpoint sample() { return {.origin = "example.com/runs", .size = 12, .root = leaf_hash("root")}; }

TEST(CheckpointNote, IsReadWithTheKeyThatSignedTheNote) {
  const PrivateKey key = PrivateKey::generate();
  const auto note = sign_checkpoint(sample(), key, "log.key");
  ASSERT_TRUE(note);
  EXPECT_TRUE(note->starts_with("example.com/runs\n12\n")) << *note;
  EXPECT_NE(note->find("\n\n\xe2\x80\x94 example.com/runs "), std::string::npos) << *note;
  EXPECT_EQ(open_checkpoint(*note, key.public_key(), "note").value_or(Checkpoint{}), sample());
  EXPECT_FALSE(open_checkpoint(*note, PrivateKey::generate().public_key(), "note"));
}

TEST(CheckpointNote, MayHaveSignaturesOfOthers) {
  const PrivateKey key = PrivateKey::generate();
  const std::string note = *sign_checkpoint(sample(), key, "log.key");
  const std::string other = *sign_checkpoint(sample(), PrivateKey::generate(), "other.key");
  const std::string line = other.substr(other.rfind("\xe2\x80\x94"));
  EXPECT_TRUE(open_checkpoint(note + line, key.public_key(), "note"));
  EXPECT_TRUE(open_checkpoint(note + "\xe2\x80\x94 witness.example AAAAAAAA\n", key.public_key(), "note"));
}

TEST(CheckpointNote, IsRefusedIfAnyByteIsChanged) {
  const PrivateKey key = PrivateKey::generate();
  const std::string note = *sign_checkpoint(sample(), key, "log.key");
  for (std::size_t at = 0; at < note.size(); ++at) {
    for (const char byte : {'\0', '\n', ' ', '0', 'A', '+', '~'}) {
      std::string changed = note;
      changed[at] = byte;
      EXPECT_EQ(open_checkpoint(changed, key.public_key(), "note").has_value(), changed == note) << changed;
    }
    EXPECT_FALSE(open_checkpoint(note.substr(0, at), key.public_key(), "note")) << at;
  }
}

TEST(CheckpointNote, NeedsAnEd25519Key) {
  const PrivateKey key = PrivateKey::generate(KeyType::kP256);
  EXPECT_FALSE(sign_checkpoint(sample(), key, "log.key"));
  EXPECT_FALSE(open_checkpoint("", key.public_key(), "log.pub"));
}

TEST(CheckpointNote, NeedsANameThatTheFormatCanHold) {
  for (const char* name : {"a", "example.com/runs", "x-1_2"}) EXPECT_TRUE(check_origin(name)) << name;
  for (const char* name : {"", "two words", "a+b", "line\nbreak", "\xc3\xa9"}) EXPECT_FALSE(check_origin(name)) << name;
  EXPECT_FALSE(check_origin(std::string(256, 'a')));
}

}  // namespace
}  // namespace immure::tlog
