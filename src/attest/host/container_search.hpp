/// Which containers run on this host, by what their runtimes wrote down and by what /proc says of that.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "evidence/evidence.hpp"
#include "file/go_on.hpp"
#include "sys/error.hpp"

namespace immure::attest {

/// A running container's first process.
struct FirstProcess {
  int pid = 0;
  /// The user other than root and the caller who wrote down that this is a container; nothing for an engine of root or
  /// of the caller. What such a user says is recorded, but never a reason to refuse a run: anybody can say anything.
  std::optional<std::uint32_t> claimed_by;
};
using Processes = std::map<std::string, FirstProcess>;  ///< by id of the container

inline constexpr std::size_t kMostClaims = 64;

/// Looks where runc and crun keep their state: by themselves, below podman, docker and containerd; root's, and
/// rootless; of users other than root and the caller, at most kMostClaims. Where some of it may not be read, control
/// groups tell the rest. Adds what was looked at to `neighbours`. Errors: kBlocked, those of `go_on`.
[[nodiscard]] Result<Processes> find_containers(evidence::Neighbours& neighbours, const file::GoOn& go_on);

/// The text of a file below /proc, of which the first MiB counts; empty if its process has ended; nothing if the caller
/// may not read it. Another error might hide a container.
[[nodiscard]] Result<std::optional<std::string>> read_text(const std::string& path);

/// When the process started, in clock ticks since boot (proc(5), stat, field 22); 0 if there is none of this number, or
/// only what is left of one that has ended.
[[nodiscard]] Result<std::uint64_t> start_of(int pid);

}  // namespace immure::attest
