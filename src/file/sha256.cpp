#include "file/sha256.hpp"

#include "text/hex.hpp"

namespace immure::file {

void Sha256::update(std::span<const std::byte> bytes) {
  nettle_sha256_update(&state_, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
}

void Sha256::update(std::string_view text) { update(std::as_bytes(std::span(text))); }

Digest Sha256::finish() {
  Digest digest;
  nettle_sha256_digest(&state_, digest.size(), digest.data());
  return digest;
}

Digest sha256(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

std::string sha256_hex(std::string_view bytes) { return text::hex(sha256(bytes)); }

bool is_sha256_hex(std::string_view text) { return text.size() == 64 && text::is_hex(text); }

}  // namespace immure::file
