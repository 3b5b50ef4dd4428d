/// Decides whether evidence is fresh, and meant for this verifier.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "evidence/evidence.hpp"
#include "verify/request.hpp"

namespace immure::verify {

/// The clocks of two hosts may differ by this many seconds.
inline constexpr std::int64_t kClockSkewSeconds = 120;

inline constexpr std::size_t kNonceBytes = 32;
/// True for base64url of 32 bytes, without padding.
[[nodiscard]] bool is_nonce(std::string_view text);

/// Returns why the evidence is not fresh or not meant for this verifier; nullopt if it is both.
[[nodiscard]] std::optional<judge::Finding> check_freshness(const evidence::Evidence& evidence, const Request& request);

}  // namespace immure::verify
