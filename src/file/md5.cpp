#include "file/md5.hpp"

#include <array>
#include <cstdint>

#include "text/hex.hpp"

namespace immure::file {

void Md5::update(std::span<const std::byte> bytes) {
  nettle_md5_update(&state_, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
}

std::string Md5::finish() {
  std::array<std::uint8_t, MD5_DIGEST_SIZE> digest;
  nettle_md5_digest(&state_, digest.size(), digest.data());
  return text::hex(std::span<const std::uint8_t>(digest));
}

}  // namespace immure::file
