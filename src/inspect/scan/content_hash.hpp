/// SHA-256 of what is in files: by OpenSSL, which is a twentieth faster than nettle over a drop where processors have
/// SHA instructions, and more where they have none. Everything else is hashed by file/sha256.hpp, since the launcher
/// cannot wait for OpenSSL to start (decision 0005); the inspector has it anyway, with libyara.
#pragma once

#include <cstddef>
#include <span>

#define OPENSSL_SUPPRESS_DEPRECATED  // EVP, which OpenSSL would rather have used, starts in milliseconds
#include <openssl/sha.h>

#include "file/sha256.hpp"

namespace immure::inspect {

class ContentHash {
 public:
  // These functions fail for a null pointer only.
  ContentHash() { SHA256_Init(&state_); }
  void update(std::span<const std::byte> bytes) { SHA256_Update(&state_, bytes.data(), bytes.size()); }
  /// Ends it.
  [[nodiscard]] file::Digest finish() {
    file::Digest digest;
    SHA256_Final(digest.data(), &state_);
    return digest;
  }

 private:
  SHA256_CTX state_;
};

}  // namespace immure::inspect
