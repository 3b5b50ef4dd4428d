/// The options of `run` about what a run keeps or signs.
#pragma once

#include <array>
#include <string_view>

namespace immure::cli {

/// `explain` accepts these options, so that a user can replace the one word `run` in a command, and does not use them.
/// In the order of the options of `run`.
inline constexpr auto kUnusedByExplain = std::to_array<std::string_view>(
    {"stdout", "publish", "keep-times", "key", "signer", "evidence", "challenge", "nonce", "audience", "capture",
     "result", "audit", "fail-on-refused", "no-observer"});

}  // namespace immure::cli
