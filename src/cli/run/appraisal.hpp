/// What `verify` and `report` share: the request that their options make, and the exit code for a verdict.
#pragma once

#include "cli/command.hpp"
#include "verify/verify.hpp"

namespace immure::cli {

/// Makes the request from the first operand and the options, with the present time. Error kUsage.
[[nodiscard]] Result<verify::Request> appraisal_request(const Arguments& arguments);
[[nodiscard]] ExitCode exit_code_of(verify::Verdict verdict);

}  // namespace immure::cli
