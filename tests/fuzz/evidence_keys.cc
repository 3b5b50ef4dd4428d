// Reads any text as a public key and as a signature on P-256. A key or a signature that is accepted must stay the same
// when it is written and read again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "evidence/keys.hpp"
#include "evidence/p256.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using immure::evidence::PublicKey;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (immure::evidence::p256::is_signature(bytes) && (size > 72 || bytes.front() != '\x30')) std::abort();
  const auto key = PublicKey::parse(bytes, "fuzz");
  if (!key) return 0;
  const auto again = PublicKey::parse(key->pem(), "fuzz");
  if (!again || *again != *key) std::abort();
  return 0;
}
