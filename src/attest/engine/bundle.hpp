/// An OCI runtime bundle (opencontainers/runtime-spec 1.0.2) that starts the entrypoint.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attest/engine/outer.hpp"

namespace immure::attest {

/// config.json of `enclosure`: its own namespaces, no capability, no network, a read-only root, and the seccomp filter
/// `filter_json` (an object in Docker's format, which is the OCI's).
[[nodiscard]] std::string bundle_config(const Enclosure& enclosure, const std::string& filter_json);

/// A bundle that needs no supervisor outside: its own process is one.
struct Standalone {
  std::vector<std::string> arguments, environment;
  std::uint32_t uid, gid;  ///< on the host; not root
  std::uint64_t files;     ///< what the cell may have open
};

/// config.json of `bundle`, in the same walls. Its directories `in`, `key` and `report` lie beside `rootfs`; the last
/// one can be written.
[[nodiscard]] std::string standalone_config(const Standalone& bundle, const std::string& filter_json);

}  // namespace immure::attest
