/// Reads the options that `run` and `batch` share.
#pragma once

#include "cli/run/launch.hpp"

namespace immure::cli {

/// Reads --closure and --package. Error kUsage.
[[nodiscard]] Result<plan::PackageChoice> package_choice(const Arguments& arguments);

/// Reads all shared options into a Launch. The caller adds input, output and evidence. Error kUsage names the option.
[[nodiscard]] Result<Launch> launch_of(const Arguments& arguments);

/// What `run` and `explain` have in common. Errors as launch_of().
[[nodiscard]] Result<Launch> run_or_explain(const Arguments& arguments);

}  // namespace immure::cli
