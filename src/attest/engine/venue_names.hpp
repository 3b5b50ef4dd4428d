/// What the operator calls the venues. The verifier has a list of its own and takes no word of the attester's for it.
#pragma once

#include <array>
#include <string_view>

namespace immure::attest::venue {

inline constexpr std::string_view kAuto = "auto";  ///< the first that can be built
inline constexpr std::string_view kNative = "native";
inline constexpr std::string_view kBubblewrap = "bubblewrap", kPodman = "podman", kDocker = "docker", kOci = "oci";

/// What `--venue` takes.
inline constexpr std::array kNames = {kAuto, kNative, kBubblewrap, kPodman, kDocker, kOci};

}  // namespace immure::attest::venue
