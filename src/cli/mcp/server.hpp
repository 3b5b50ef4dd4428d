/// The server of `immure mcp`: reads requests from standard input, runs calls side by side, answers on standard output.
#pragma once

#include "cli/exit_code.hpp"
#include "cli/mcp/settings.hpp"
#include "sys/error.hpp"

namespace immure::cli::mcp {

/// Serves until standard input ends or a signal ends the server, and then kills every call that still runs. Error
/// kSystem if the server cannot begin.
[[nodiscard]] Result<ExitCode> serve(const Settings& settings);

}  // namespace immure::cli::mcp
