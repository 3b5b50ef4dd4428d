/// The program's working directory (--workdir).
#pragma once

#include <string>

#include "cli/run/inputs.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"

namespace immure::cli {

/// `/in/a/` as `/in/a`. Error kUsage: not an absolute path, or a path with `.`, `..` or an empty component.
[[nodiscard]] Result<std::string> parse_workdir(const std::string& value);

/// The working directory of a plan. If there is a directory for temporary files, replaces /tmp and the other names of
/// this directory by the directory's own path.
[[nodiscard]] std::string workdir_of(const std::string& wanted, bool has_scratch);

/// Error kBadInput unless the plan's working directory is /out, the directory for temporary files, or a directory of
/// the input or of the image, on whose path no link lies.
[[nodiscard]] Result<void> check_workdir(const plan::Plan& plan, const HeldInput& input);

}  // namespace immure::cli
