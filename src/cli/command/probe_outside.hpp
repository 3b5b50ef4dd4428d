/// `immure probe`: the harmless rows tried where the program stands, and what that says.
#pragma once

#include "cli/command.hpp"

namespace immure::cli {

[[nodiscard]] Result<ExitCode> probe_here(const Arguments& arguments);

}  // namespace immure::cli
