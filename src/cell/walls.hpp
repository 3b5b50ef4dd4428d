/// The walls of a cell: its root, /in and /out, built detached and moved into place.
#pragma once

#include "cell/spec.hpp"
#include "sys/error.hpp"

namespace immure::cell {

/// Builds the mount tree and makes it the root. Afterwards nothing of the host has a name. On failure page.step says
/// where. `staged`: a detached tree to use as /in instead of the input directory itself, or no descriptor. Needs
/// CAP_SYS_ADMIN over the caller's mount namespace, and ids that tmpfs can write down.
[[nodiscard]] SysResult<void> build_walls(const Spec& spec, sys::Fd staged, Page& page);

/// Landlock ruleset of the payload: reads the image and /in, executes the payload and its loader, creates, writes,
/// renames and removes in /out. Opened and filled after build_walls, used by restrict_self.
[[nodiscard]] SysResult<sys::Fd> payload_ruleset(const Spec& spec);

}  // namespace immure::cell
