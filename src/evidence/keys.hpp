/// Ed25519 keys (RFC 8032) by libsodium, in PEM (RFC 8410: PKCS#8 private, SubjectPublicKeyInfo public) that openssl
/// reads.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "sys/error.hpp"

namespace immure::evidence {

class PublicKey {
 public:
  /// PEM file of at most 16 KiB. Errors, kBadInput: not PEM, another algorithm (named), trailing data, a small-order
  /// point.
  [[nodiscard]] static Result<PublicKey> load(const std::string& path);
  [[nodiscard]] static Result<PublicKey> parse(std::string_view pem, const std::string& where);
  [[nodiscard]] std::string pem() const;
  /// Hex SHA-256 of the SPKI DER; a hint, never a reason to trust.
  [[nodiscard]] std::string key_id() const;
  [[nodiscard]] bool verifies(std::string_view message, std::string_view signature) const;
  friend bool operator==(const PublicKey&, const PublicKey&) = default;

 private:
  friend class PrivateKey;
  std::array<std::uint8_t, 32> point_{};
};

/// A private key; the memory is zeroed when it goes.
class PrivateKey {
 public:
  /// Errors, kBadInput: as PublicKey::load, and a file that group or others can read or write (names the mode and the
  /// chmod), or that belongs to another user than the caller or root.
  [[nodiscard]] static Result<PrivateKey> load(const std::string& path);
  /// A new key from the kernel's random source.
  [[nodiscard]] static PrivateKey generate();
  [[nodiscard]] std::string pem() const;
  [[nodiscard]] PublicKey public_key() const;
  /// 64 bytes.
  [[nodiscard]] std::string sign(std::string_view message) const;

  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

 private:
  PrivateKey() = default;
  std::array<std::uint8_t, 64> secret_{};
};

}  // namespace immure::evidence
