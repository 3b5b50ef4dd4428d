/// `immure probe`: tries the harmless probes in the sandbox that immure was started in, and reports the result.
#pragma once

#include "cli/command.hpp"

namespace immure::cli {

[[nodiscard]] Result<ExitCode> probe_here(const Arguments& arguments);

}  // namespace immure::cli
