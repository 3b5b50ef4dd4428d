// The envelope reader on any bytes, with a key that signed none of them: nothing may be accepted.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "evidence/envelope.hpp"
#include "evidence/keys.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto key = immure::evidence::PrivateKey::generate().public_key();
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (immure::evidence::open_envelope(bytes, key)) std::abort();
  static_cast<void>(immure::evidence::PublicKey::parse(bytes, "fuzz"));
  return 0;
}
