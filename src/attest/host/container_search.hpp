/// Finds the containers that run on this host, from the state that their runtimes wrote and from /proc.
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
  /// The user who recorded this container, if the user is neither root nor the caller. immure writes such a claim into
  /// the evidence, but never refuses a run because of the claim: anybody can claim anything.
  std::optional<std::uint32_t> claimed_by;
};
using Processes = std::map<std::string, FirstProcess>;  ///< by the id of the container

inline constexpr std::size_t kMostClaims = 64;

/// Looks in the places in which runc and crun keep their state, used alone or by podman, docker and containerd, as root
/// and rootless. Reads at most kMostClaims containers of users other than root and the caller. If the caller may not
/// read a place, control groups show the rest. Adds to `neighbours` which places were searched. Errors: kBlocked if a
/// container might be missed; the error of `go_on`.
[[nodiscard]] Result<Processes> find_containers(evidence::Neighbours& neighbours, const file::GoOn& go_on);

/// The first MiB of a file below /proc. Empty if the process has ended; nothing if the caller may not read the file.
/// Any other error is returned, because it might hide a container.
[[nodiscard]] Result<std::optional<std::string>> read_text(const std::string& path);

/// The time at which a process started, in clock ticks since boot (proc(5), stat, field 22). 0 if there is no such
/// process, or if it is a zombie.
[[nodiscard]] Result<std::uint64_t> start_of(int pid);

}  // namespace immure::attest
