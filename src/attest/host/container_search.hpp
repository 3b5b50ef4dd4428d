/// Which containers run on this host, by what their runtimes wrote down and by what /proc says of that.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "evidence/evidence.hpp"
#include "sys/error.hpp"

namespace immure::attest {

using Processes = std::map<std::string, int>;  ///< id of a container -> its first process

/// Looks where runc and crun keep their state: by themselves, below podman, docker and containerd; root's, and
/// rootless. Where some of it may not be read, control groups tell the rest. Adds what was looked at to `neighbours`.
[[nodiscard]] Result<Processes> find_containers(evidence::Neighbours& neighbours);

/// The text of a file below /proc, of which the first MiB counts; empty if its process has ended; nothing if the caller
/// may not read it. Another error might hide a container.
[[nodiscard]] Result<std::optional<std::string>> read_text(const std::string& path);

/// When the process started, in clock ticks since boot (proc(5), stat, field 22); 0 if there is none of this number, or
/// only what is left of one that has ended.
[[nodiscard]] Result<std::uint64_t> start_of(int pid);

}  // namespace immure::attest
