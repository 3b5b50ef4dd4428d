/// Ed25519 keys (RFC 8032) by libsodium, and ECDSA keys on P-256 by nettle. Both come in PEM that openssl reads: PKCS#8
/// for private keys, SubjectPublicKeyInfo for public keys.
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
  /// Reads a PEM file of at most 16 KiB. Errors, kBadInput: not PEM, another algorithm (the error names it), trailing
  /// data, a point of small order, a point that is not on the curve.
  [[nodiscard]] static Result<PublicKey> load(const std::string& path);
  /// Like the function above, for a file whose directory is open already.
  [[nodiscard]] static Result<PublicKey> load(const file::Place& place);
  [[nodiscard]] static Result<PublicKey> parse(std::string_view pem, const std::string& where);
  [[nodiscard]] std::string pem() const;
  [[nodiscard]] KeyType type() const { return type_; }
  /// The key alone, without the name of its algorithm: 32 bytes for Ed25519 (RFC 8032), 65 for P-256 (SEC 1).
  [[nodiscard]] std::string point() const;
  /// The SHA-256 of the key's SubjectPublicKeyInfo in DER, in hex. An id is a hint which key to use, and never a reason
  /// to trust a key.
  [[nodiscard]] std::string key_id() const;
  [[nodiscard]] bool verifies(std::string_view message, std::string_view signature) const;
  /// The form that verifies() accepts of a signature by another program (p256::canonical()).
  [[nodiscard]] std::string canonical(std::string_view signature) const;
  friend bool operator==(const PublicKey&, const PublicKey&) = default;

 private:
  friend class PrivateKey;
  [[nodiscard]] std::string der() const;
  KeyType type_ = KeyType::kEd25519;
  std::array<std::uint8_t, 65> point_{};  ///< 32 bytes of an Ed25519 key, 65 of a P-256 key
};

/// A private key. The destructor zeroes the key's memory.
class PrivateKey {
 public:
  /// Reads a key. Errors, kBadInput: as PublicKey::load(); also a file that group or others can read or write (the
  /// error names the mode and the chmod that helps), and a file of another user than the caller or root.
  [[nodiscard]] static Result<PrivateKey> load(const std::string& path);
  /// Makes a new key from the kernel's random source.
  [[nodiscard]] static PrivateKey generate(KeyType type = KeyType::kEd25519);
  [[nodiscard]] std::string pem() const;
  [[nodiscard]] PublicKey public_key() const;
  /// The signature of `message`: 64 bytes for Ed25519, DER for P-256.
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
  std::array<std::uint8_t, 64> secret_{};  ///< libsodium's 64 bytes of an Ed25519 key, 32 of a P-256 key
};

/// The file of a private key, opened once. Later reads use the same file, even if its name leads to another file by
/// then. The object holds the descriptor and the public key, and nothing of the private key.
class PrivateKeyFile {
 public:
  /// Opens the file and reads the public key. Errors: as PrivateKey::load().
  [[nodiscard]] static Result<PrivateKeyFile> open(const file::Place& place);
  /// Reads the private key, which the caller keeps no longer than necessary. Error kBadInput also if the file holds
  /// another key than when it was opened.
  [[nodiscard]] Result<PrivateKey> read() const;
  /// The open file itself, to compare with others.
  [[nodiscard]] const sys::Fd& descriptor() const { return fd_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit PrivateKeyFile(std::string path) : path_(std::move(path)) {}
  std::string path_;
  sys::Fd fd_;
  PublicKey public_;
};

}  // namespace immure::evidence
