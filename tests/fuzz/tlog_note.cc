// Reads any text as an entry of a log, as a checkpoint and as a proof. An entry that is accepted must have one
// spelling, and nobody but the holder of the key can make a checkpoint or a proof.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tlog/log.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace immure;
  static const evidence::PublicKey key = evidence::PrivateKey::generate().public_key();
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto entry = tlog::parse_entry(bytes);
  if (entry && tlog::entry_text(*entry) != bytes) std::abort();
  if (tlog::open_checkpoint(bytes, key, "fuzz")) std::abort();
  if (tlog::check_proof(bytes, entry.value_or(tlog::Entry{}), key, "fuzz")) std::abort();
  return 0;
}
