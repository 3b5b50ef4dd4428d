/// The options that say how a program is run: those of `run` and of `batch`.
#pragma once

#include "cli/run/launch.hpp"

namespace immure::cli {

/// Everything but where input, output and evidence are. Error kUsage, naming the option.
[[nodiscard]] Result<Launch> launch_of(const Arguments& arguments);

}  // namespace immure::cli
