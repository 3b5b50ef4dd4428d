/// A process that does no work itself: it leads a child that does, and tells the child's exit code.
///
/// There are two reasons to lead. A cell counts its processes from 1; the first processes of a container are counted so
/// too, and a probe that sends a signal to its supervisor's number would meet one of the cell's. And a file system that
/// does not answer holds a process so fast that no signal ends it (attest/pulse.hpp).
#pragma once

#include <memory>
#include <optional>

#include "attest/pulse.hpp"
#include "cli/exit_code.hpp"
#include "sys/error.hpp"

namespace immure::cli {

/// Where this process has a number that a cell uses itself: goes on in a child with a larger one, and returns its exit
/// code here once it has ended; signals are passed on, and what is left to a first process is reaped. Nothing in that
/// child, and everywhere else. Error kSystem.
[[nodiscard]] Result<std::optional<ExitCode>> lead_from_small_number();

/// The same everywhere, because at any time a file system may be mounted that does not answer. `pulse` is what the
/// child is watched by. Errors: kSystem; kInterrupted if the child had to be given up, because it should have ended and
/// a file system held it. What the child leaves is removed then, as far as the file systems answer.
[[nodiscard]] Result<std::optional<ExitCode>> lead_past_stalls(std::shared_ptr<attest::Pulse>& pulse);

}  // namespace immure::cli
