/// The containers that run on this host already. immure finds them without their engines, looks at them without
/// touching them, and keeps them apart from the cell.
#pragma once

#include <vector>

#include "attest/start/cell.hpp"
#include "evidence/evidence.hpp"
#include "file/go_on.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

/// The containers that were seen, and descriptors of their namespaces. The kernel gives the number of a namespace that
/// has died to the next namespace that is made. While these descriptors are held, no namespace of the cell can get the
/// number of a container's namespace. immure closes the descriptors once the cell's namespaces are made, because a
/// namespace that is held outlives its container.
struct Neighbourhood {
  evidence::Neighbours seen;
  std::vector<sys::Fd> held;
};

/// Reads the places where OCI runtimes keep the state of their containers, and /proc of these containers. Asks no
/// engine and no socket, because asking could start a daemon. Without containers, the search costs a dozen calls of
/// stat(2). A container that ends during the search does not count.
///
/// Finds the places of `input`, `output` and the image from the open directories and files, because their paths may
/// lead elsewhere by now. Errors: kBadInput if one of these places lies in a mount of a container, or if such a mount
/// lies in one of these places, or if the input or the output lies in an engine's storage; kBlocked if a container
/// might be missed; the error of `go_on`. A container that only another ordinary user claims to have is recorded, and
/// is no reason for an error.
[[nodiscard]] Result<Neighbourhood> look_at_neighbours(const plan::Plan& plan, const OpenInput& input,
                                                       const sys::Fd& output, const file::GoOn& go_on);

}  // namespace immure::attest
