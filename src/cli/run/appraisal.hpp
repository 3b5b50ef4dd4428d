/// What `verify` and `report` share: the same question, and the same exit code for its answer.
#pragma once

#include "cli/command.hpp"
#include "verify/verify.hpp"

namespace immure::cli {

/// The operand, --key, --nonce, --audience, --artifacts and --max-age, asked now. Error kUsage.
[[nodiscard]] Result<verify::Request> appraisal_request(const Arguments& arguments);
[[nodiscard]] ExitCode exit_code_of(verify::Verdict verdict);

}  // namespace immure::cli
