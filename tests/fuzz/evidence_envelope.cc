// Reads any bytes as an evidence file. The key is new in each process, so nobody can have signed the bytes, and no
// envelope may open.
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
  // Any bytes may be signed, and their signature must verify.
  const std::string message = pre_authentication_encoding(kPayloadType, file);
  if (!trusted.verifies(message, key.sign(message))) std::abort();
  return 0;
}
