/// Whether evidence is of now and for whoever asks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "evidence/evidence.hpp"
#include "verify/request.hpp"

namespace immure::verify {

/// Clocks of two hosts may differ by so much.
inline constexpr std::int64_t kClockSkewSeconds = 120;

inline constexpr std::size_t kNonceBytes = 32;
/// base64url of 32 bytes, without padding.
[[nodiscard]] bool is_nonce(std::string_view text);

/// Why the evidence is not fresh, or not meant for this verifier; nullopt if it is.
[[nodiscard]] std::optional<judge::Finding> check_freshness(const evidence::Evidence& evidence, const Request& request);

}  // namespace immure::verify
