/// SHA-256 (FIPS 180-4) by nettle, which uses the processor's SHA instructions if there are any.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <nettle/sha2.h>

namespace immure::file {

using Digest = std::array<std::uint8_t, 32>;

class Sha256 {
 public:
  Sha256() { nettle_sha256_init(&state_); }
  void update(std::span<const std::byte> bytes);
  void update(std::string_view text);
  /// Ends this hash and starts a new one.
  [[nodiscard]] Digest finish();

 private:
  sha256_ctx state_;
};

[[nodiscard]] Digest sha256(std::string_view bytes);
/// The digest of `bytes` in lower-case hex digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);
/// True for exactly 64 lower-case hex digits.
[[nodiscard]] bool is_sha256_hex(std::string_view text);

}  // namespace immure::file
