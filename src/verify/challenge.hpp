/// A verifier's challenge: a number that nobody could know before, for whom the answer is, and until when it is taken.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "sys/error.hpp"

namespace immure::verify {

struct Challenge {
  std::string audience;    ///< not empty, UTF-8
  std::string expires_on;  ///< UTC as evidence writes it; from then on nothing answers this challenge
  std::string issued_on;
  std::string nonce;  ///< base64url of 32 bytes
  std::uint32_t version = 1;
  friend bool operator==(const Challenge&, const Challenge&) = default;
};

/// The fields in the order of canonical JSON (evidence/fields.hpp).
template <class T>
  requires std::is_same_v<std::remove_const_t<T>, Challenge>
void visit(auto& v, T& x) {
  v("audience", x.audience);
  v("expiresOn", x.expires_on);
  v("issuedOn", x.issued_on);
  v("nonce", x.nonce);
  v("version", x.version);
}

/// With a nonce of the kernel's random source. `now` in Unix seconds. Errors, kBadInput: an audience that is empty, too
/// long or not UTF-8; kSystem: no random bytes.
[[nodiscard]] Result<Challenge> new_challenge(std::string_view audience, std::int64_t now, std::uint64_t valid_s);

/// Canonical JSON and a newline: what `immure challenge` writes.
[[nodiscard]] std::string challenge_json(const Challenge& challenge);

/// Reads exactly that, with or without the newline. Errors, kBadInput with a JSON pointer in `where`: anything else,
/// another version, a nonce or time that is none, an end that is not after the beginning.
[[nodiscard]] Result<Challenge> parse_challenge(std::string_view bytes, const std::string& file);
[[nodiscard]] Result<Challenge> read_challenge(const std::string& path);

[[nodiscard]] bool is_expired(const Challenge& challenge, std::int64_t now);

}  // namespace immure::verify
