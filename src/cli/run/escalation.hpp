/// The text that `immure doctor` prints if no cell holds in any venue. A packet contains the text for the same case.
#pragma once

#include <string_view>

namespace immure::cli {

inline constexpr std::string_view kEscalation =
    "Where no venue holds, every run stays BLOCKED: the program never starts. Do what is named above; or run on a\n"
    "machine or an ephemeral CI runner (`immure ci`) where `immure doctor` ends with 0; or escalate to the owner as a\n"
    "genuine resource constraint. There is no flag that waives this.\n";

}  // namespace immure::cli
