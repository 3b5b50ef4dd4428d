/// The options that say how a program is run: those of `run` and of `batch`.
#pragma once

#include "cli/run/launch.hpp"

namespace immure::cli {

/// Reads --closure and --package. Error kUsage.
[[nodiscard]] Result<plan::PackageChoice> package_choice(const Arguments& arguments);

/// Everything but where input, output and evidence are. Error kUsage, naming the option.
[[nodiscard]] Result<Launch> launch_of(const Arguments& arguments);

}  // namespace immure::cli
