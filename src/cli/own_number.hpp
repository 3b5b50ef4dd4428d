/// The supervisor's process number. A cell counts its processes from 1; the first of a container are counted so too,
/// and a probe that sends a signal to its supervisor's number would meet somebody of the cell's.
#pragma once

#include <optional>

#include "cli/exit_code.hpp"
#include "sys/error.hpp"

namespace immure::cli {

/// Where this process has a number that a cell uses itself: goes on in a child with a larger one, and returns its exit
/// code here once it has ended; signals are passed on, and what is left to a first process is reaped. Nothing in that
/// child, and everywhere else. Error kSystem.
[[nodiscard]] Result<std::optional<ExitCode>> lead_from_small_number();

}  // namespace immure::cli
