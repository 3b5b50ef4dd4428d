/// A verifier's challenge: an unpredictable number (nonce), the audience of the evidence, and the time until which the
/// verifier accepts an answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "sys/error.hpp"

namespace immure::verify {

struct Challenge {
  std::string audience;  ///< UTF-8, not empty
  /// UTC as evidence writes it. From this time on the verifier accepts no answer to this challenge.
  std::string expires_on;
  std::string issued_on;
  std::string nonce;  ///< base64url of 32 random bytes
  std::uint32_t version = 1;
  friend bool operator==(const Challenge&, const Challenge&) = default;
};

/// Visits the fields in the order of canonical JSON (evidence/fields.hpp).
template <class T>
  requires std::is_same_v<std::remove_const_t<T>, Challenge>
void visit(auto& v, T& x) {
  v("audience", x.audience);
  v("expiresOn", x.expires_on);
  v("issuedOn", x.issued_on);
  v("nonce", x.nonce);
  v("version", x.version);
}

/// Makes a challenge with a nonce from the kernel's random source. `now`: Unix seconds. `valid_s`: seconds until the
/// end. Errors: kBadInput if the audience is empty, too long or not UTF-8; kSystem if there are no random bytes.
[[nodiscard]] Result<Challenge> new_challenge(std::string_view audience, std::int64_t now, std::uint64_t valid_s);

/// Canonical JSON and a newline: the file that `immure challenge` writes.
[[nodiscard]] std::string challenge_json(const Challenge& challenge);

/// Reads what challenge_json() writes, with or without the newline. Error kBadInput, with a JSON pointer in `where`:
/// anything else, another version, a nonce or time that is not valid, an end that is not after the beginning.
[[nodiscard]] Result<Challenge> parse_challenge(std::string_view bytes, const std::string& file);
[[nodiscard]] Result<Challenge> read_challenge(const std::string& path);

[[nodiscard]] bool is_expired(const Challenge& challenge, std::int64_t now);

}  // namespace immure::verify
