/// An OCI runtime bundle (opencontainers/runtime-spec 1.0.2) that starts the entrypoint.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attest/engine/outer_sandbox.hpp"

namespace immure::attest {

/// The config.json of `enclosure`: namespaces of its own, no capability, no network, a read-only root directory, and
/// the seccomp filter `filter_json` (an object in Docker's format, which OCI runtimes use too).
[[nodiscard]] std::string bundle_config(const Enclosure& enclosure, const std::string& filter_json);

/// A bundle that needs no supervisor outside, because its own process is the supervisor.
struct Standalone {
  std::vector<std::string> arguments, environment;
  std::uint32_t uid, gid;  ///< on the host; not root
  std::uint64_t files;     ///< limit of the cell's open files
};

/// The config.json of `bundle`, with the same walls. The directories `in`, `key` and `report` lie beside `rootfs`; only
/// `report` is writable.
[[nodiscard]] std::string standalone_config(const Standalone& bundle, const std::string& filter_json);

}  // namespace immure::attest
