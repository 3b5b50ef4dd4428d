/// A cell in another venue's walls. The venue's program starts our entrypoint, which starts the same cell as the native
/// venue.
#pragma once

#include <string>

#include "attest/engine/outer_sandbox.hpp"
#include "attest/start/cell.hpp"
#include "attest/start/choice.hpp"
#include "evidence/evidence.hpp"
#include "plan/plan.hpp"

namespace immure::attest {

/// Like start_native(), in the walls of `outer`. The supervisor reaches the cell by its process on this host, so an
/// engine on another machine or in a virtual machine is an error.
/// Error kUnsupported, with the words of the venue's program, if the program is missing or cannot build its walls.
[[nodiscard]] Result<Cell> start_walled(const OuterSandbox& outer, const Choice& choice, const plan::Plan& plan,
                                        const OpenInput& input, Deadline& deadline);

}  // namespace immure::attest
