/// A parent process that does no work itself: a child does the work, and the parent returns the child's exit code.
///
/// There are two reasons for a parent. First, a cell counts its processes from 1, and so does a container. If the
/// supervisor had a small number, a probe that sends a signal to this number would hit a process of the cell. Second, a
/// file system that does not answer can hold a process so that no signal ends it (attest/pulse.hpp).
#pragma once

#include <memory>
#include <optional>

#include "attest/pulse.hpp"
#include "cli/exit_code.hpp"
#include "sys/error.hpp"

namespace immure::cli {

/// If a process of a cell could have the number of this process, makes a child with a larger number. In the parent,
/// waits for the child, passes signals on, reaps orphans, and returns the child's exit code. Returns nothing in the
/// child, and nothing if no child was needed. Error kSystem.
[[nodiscard]] Result<std::optional<ExitCode>> lead_from_small_number();

/// Always makes such a child, except under a tracer, because somebody can mount a file system that does not answer at
/// any time. A tracer such as strace would not see what the child does. The parent watches the child through `pulse`.
/// Errors: kSystem; kInterrupted if the child should have ended, but a file system held it, and the parent gave up
/// waiting. The parent then removes what the child left, as far as the file systems answer.
[[nodiscard]] Result<std::optional<ExitCode>> lead_past_stalls(std::shared_ptr<attest::Pulse>& pulse);

}  // namespace immure::cli
