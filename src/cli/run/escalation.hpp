/// The text that `immure doctor` prints if no cell holds in any venue. A packet contains the text for the same case.
#pragma once

#include <string_view>

namespace immure::cli {

inline constexpr std::string_view kEscalation =
    "Where no venue holds, every run stays BLOCKED: the program never starts. Follow the advice above. Or use a "
    "machine\nor an ephemeral CI runner (`immure ci`) where `immure doctor` ends with 0. Or tell the owner that this "
    "machine\ncannot run the program safely. No option skips this check.\n";

}  // namespace immure::cli
