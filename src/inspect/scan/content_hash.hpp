/// SHA-256 of the contents of files, by OpenSSL. Over a whole drop OpenSSL is 5 percent faster than nettle on
/// processors with SHA instructions, and faster still on others. file/sha256.hpp hashes everything else, because the
/// launcher cannot wait until OpenSSL has started (decision 0005). The inspector is linked with OpenSSL anyway, because
/// libyara needs it.
#pragma once

#include <cstddef>
#include <span>

// OpenSSL deprecates these functions in favour of EVP, which takes milliseconds to start.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "file/sha256.hpp"

namespace immure::inspect {

class ContentHash {
 public:
  // These functions fail only for a null pointer.
  ContentHash() { SHA256_Init(&state_); }
  void update(std::span<const std::byte> bytes) { SHA256_Update(&state_, bytes.data(), bytes.size()); }
  /// Ends the hash.
  [[nodiscard]] file::Digest finish() {
    file::Digest digest;
    SHA256_Final(digest.data(), &state_);
    return digest;
  }

 private:
  SHA256_CTX state_;
};

}  // namespace immure::inspect
