/// Ed25519 keys (RFC 8032) by libsodium and ECDSA keys on P-256 by nettle, in PEM (PKCS#8 private,
/// SubjectPublicKeyInfo public) that openssl reads.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "file/place.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::evidence {

enum class KeyType : std::uint8_t { kEd25519, kP256 };

class PublicKey {
 public:
  /// PEM file of at most 16 KiB. Errors, kBadInput: not PEM, another algorithm (named), trailing data, a small-order
  /// point, one that is not on the curve.
  [[nodiscard]] static Result<PublicKey> load(const std::string& path);
  [[nodiscard]] static Result<PublicKey> parse(std::string_view pem, const std::string& where);
  [[nodiscard]] std::string pem() const;
  /// Hex SHA-256 of the SPKI DER; a hint, never a reason to trust.
  [[nodiscard]] std::string key_id() const;
  [[nodiscard]] bool verifies(std::string_view message, std::string_view signature) const;
  friend bool operator==(const PublicKey&, const PublicKey&) = default;

 private:
  friend class PrivateKey;
  [[nodiscard]] std::string der() const;
  KeyType type_ = KeyType::kEd25519;
  std::array<std::uint8_t, 65> point_{};  ///< 32 bytes of an Ed25519 key, 65 of one on P-256
};

/// A private key; the memory is zeroed when it goes.
class PrivateKey {
 public:
  /// Errors, kBadInput: as PublicKey::load, and a file that group or others can read or write (names the mode and the
  /// chmod), or that belongs to another user than the caller or root.
  [[nodiscard]] static Result<PrivateKey> load(const std::string& path);
  /// A new key from the kernel's random source.
  [[nodiscard]] static PrivateKey generate(KeyType type = KeyType::kEd25519);
  [[nodiscard]] std::string pem() const;
  [[nodiscard]] PublicKey public_key() const;
  /// 64 bytes with Ed25519, DER with P-256.
  [[nodiscard]] std::string sign(std::string_view message) const;

  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

 private:
  friend class PrivateKeyFile;
  PrivateKey() = default;
  static Result<PrivateKey> read_from(const sys::Fd& fd, const std::string& path);
  static Result<PrivateKey> from_der(std::string_view der, const std::string& where);
  void take_seed(const unsigned char* seed);
  bool take_scalar(const unsigned char* scalar);
  PublicKey public_;
  std::array<std::uint8_t, 64> secret_{};  ///< libsodium's 64 bytes of an Ed25519 key, 32 of one on P-256
};

/// The file of a private key, opened once: what is read later is read from the same file, whatever its name has come to
/// mean. Holds the descriptor and the public half, and nothing of the private one.
class PrivateKeyFile {
 public:
  /// Errors as PrivateKey::load.
  [[nodiscard]] static Result<PrivateKeyFile> open(const file::Place& place);
  /// The key, for as long as the caller keeps it. Error kBadInput also: the file holds another key than when it was
  /// opened.
  [[nodiscard]] Result<PrivateKey> read() const;

 private:
  explicit PrivateKeyFile(std::string path) : path_(std::move(path)) {}
  std::string path_;
  sys::Fd fd_;
  PublicKey public_;
};

}  // namespace immure::evidence
