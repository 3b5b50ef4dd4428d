/// A container's first process: it reaps what is left to it, hears signals for another, and has number 1, which in the
/// cell is somebody else's. The supervisor is to be none of that.
#pragma once

#include <optional>

#include "cli/exit_code.hpp"
#include "sys/error.hpp"

namespace immure::cli {

/// Where this is process 1 of its namespace: goes on in a child with a number of its own, and returns its exit code
/// here once it has ended. Nothing in that child, and everywhere else. Error kSystem.
[[nodiscard]] Result<std::optional<ExitCode>> lead_if_first();

}  // namespace immure::cli
