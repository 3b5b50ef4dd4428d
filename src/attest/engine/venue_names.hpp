/// The names under which the operator chooses a venue. The verifier has a list of its own, because it must not rely on
/// the attester.
#pragma once

#include <array>
#include <string_view>

namespace immure::attest::venue {

inline constexpr std::string_view kAuto = "auto";  ///< the first venue that can be built
inline constexpr std::string_view kNative = "native";
inline constexpr std::string_view kBubblewrap = "bubblewrap", kPodman = "podman", kDocker = "docker", kOci = "oci";

/// The values of `--venue`.
inline constexpr std::array kNames = {kAuto, kNative, kBubblewrap, kPodman, kDocker, kOci};

}  // namespace immure::attest::venue
