/// The containers that run on this host already: found without their engines, looked at without touching them, and kept
/// apart from the cell.
#pragma once

#include <vector>

#include "evidence/evidence.hpp"
#include "file/go_on.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

/// The containers that were seen, and descriptors of their namespaces. The kernel gives the number of a namespace that
/// has died to the next namespace that is made. While these descriptors are held, no namespace of the cell can get the
/// number of a container's namespace. They are closed once the cell's namespaces are made, because a namespace that is
/// held outlives its container.
struct Neighbourhood {
  evidence::Neighbours seen;
  std::vector<sys::Fd> held;
};

/// Reads where OCI runtimes keep the state of what they have started, and /proc of that; no engine and no socket is
/// asked, since asking could start one. Where there is no container this costs a dozen stat(2). A container that ends
/// meanwhile does not count.
/// Where `input`, `output` and the plan's image lie is asked of the held directories; what their paths have come to
/// lead to means nothing. Error kBadInput if one of them lies in a container's mounts or holds one of them, or if the
/// input or the output lies in an engine's storage. A container that another ordinary user claims to have is recorded,
/// and is no reason for an error. Also the errors of `go_on`.
[[nodiscard]] Result<Neighbourhood> look_at_neighbours(const plan::Plan& plan, const sys::Fd& input,
                                                       const sys::Fd& output, const file::GoOn& go_on);

}  // namespace immure::attest
