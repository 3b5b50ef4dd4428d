/// An OCI runtime bundle (opencontainers/runtime-spec 1.0.2) that starts the entrypoint.
#pragma once

#include <string>

#include "venue/outer.hpp"

namespace immure::venue {

/// config.json of `enclosure`: its own namespaces, no capability, no network, a read-only root, and the seccomp filter
/// `filter_json` (an object in Docker's format, which is the OCI's).
[[nodiscard]] std::string bundle_config(const Enclosure& enclosure, const std::string& filter_json);

}  // namespace immure::venue
