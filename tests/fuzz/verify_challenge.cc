// Reads any bytes as a challenge and as a ledger. A challenge or a ledger that can be read has only one spelling, and
// has valid times.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "text/utc_time.hpp"
#include "verify/challenge.hpp"
#include "verify/freshness.hpp"
#include "verify/nonce_store.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace immure::verify;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto challenge = parse_challenge(bytes, "fuzz.json")) {
    const std::string written = challenge_json(*challenge);
    if (written != bytes && written != std::string(bytes) + "\n") std::abort();
    const auto expires = immure::text::unix_seconds(challenge->expires_on);
    if (!expires || immure::text::utc_text(*expires) != challenge->expires_on) std::abort();
    if (!is_expired(*challenge, *expires) || is_expired(*challenge, *expires - 1)) std::abort();
  }
  if (const auto store = parse_nonce_store(bytes, "fuzz.json")) {
    if (nonce_store_json(*store) != bytes) std::abort();
  }
  return 0;
}
