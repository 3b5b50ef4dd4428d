/// Makes the plan of a run from what the command line asks for.
#pragma once

#include <string>

#include "attest/deadline.hpp"
#include "cli/run/inputs.hpp"
#include "cli/run/launch.hpp"
#include "cli/run/papers.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"

namespace immure::cli {

/// Packs the image, reads the profile, and compiles the filter. `output` is the path of the output directory. Prints
/// notes about what was left out of the image. Errors: those of the profile, of the program and of the image; kBadInput
/// if the image would hold the private key; kBlocked if a variable of the environment looks like a secret (test #32);
/// kInterrupted if the deadline ends the work.
[[nodiscard]] Result<plan::Plan> plan_for(const Launch& wanted, const HeldInput& opened, const std::string& output,
                                          const Papers& papers, attest::Deadline& deadline);

/// The plan of a run that has everything but its input and its output in common with other runs.
[[nodiscard]] plan::Plan plan_for_input(const plan::Plan& common, const Launch& wanted, const HeldInput& opened,
                                        const std::string& output, attest::Deadline& deadline);

}  // namespace immure::cli
