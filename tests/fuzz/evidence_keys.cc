// Any text as a public key. What is accepted is read back from what is written of it.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "evidence/keys.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using immure::evidence::PublicKey;
  const auto key = PublicKey::parse({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!key) return 0;
  const auto again = PublicKey::parse(key->pem(), "fuzz");
  if (!again || *again != *key) std::abort();
  return 0;
}
