/// A cell in another venue's walls: its program starts our entrypoint, which starts the same cell as the native venue.
#pragma once

#include <string>

#include "attest/engine/outer.hpp"
#include "attest/start/cell.hpp"
#include "attest/start/choice.hpp"
#include "evidence/evidence.hpp"
#include "plan/plan.hpp"

namespace immure::attest {

/// As start_native, in the walls of `outer`. The cell is reached by its process on this host; where there is none (a
/// remote engine, a virtual machine) the result is an error.
/// Errors: kUnsupported if the venue's program is missing or cannot build its walls, with its own words.
[[nodiscard]] Result<Cell> start_walled(const Outer& outer, const Choice& choice, const plan::Plan& plan,
                                        const OpenInput& input, Deadline& deadline);

}  // namespace immure::attest
