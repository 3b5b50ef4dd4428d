// Any bytes as an evidence file. Nobody signed them, but for the seed: whatever is opened is that, byte for byte.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "evidence/envelope.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace immure::evidence;
  static const PrivateKey key = PrivateKey::generate();
  static const PublicKey trusted = key.public_key();
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  if (open_envelope(file, trusted)) std::abort();
  // Behind a signature anything may stand; it comes out as it went in.
  const std::string message = pre_authentication_encoding(kPayloadType, file);
  if (!trusted.verifies(message, key.sign(message))) std::abort();
  return 0;
}
