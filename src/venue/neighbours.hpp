/// The containers that run on this host already: found without their engines, looked at without touching them, and kept
/// apart from the cell.
#pragma once

#include "evidence/evidence.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"

namespace immure::venue {

/// Reads where OCI runtimes keep the state of what they have started, and /proc of that; no engine and no socket is
/// asked, since asking could start one. Where there is no container this costs a dozen stat(2).
/// Error kBadInput if the plan's input, output or image lies in a container's mounts or holds one of them, or if its
/// input or output lies in an engine's storage.
[[nodiscard]] Result<evidence::Neighbours> look_at_neighbours(const plan::Plan& plan);

}  // namespace immure::venue
