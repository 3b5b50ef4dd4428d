/// Tells what stood in the way of the program of `immure explain`.
#pragma once

#include "attest/run.hpp"
#include "cli/run/json_sink.hpp"
#include "cli/run/launch.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"

namespace immure::cli {

/// What explain keeps of a plan for the time after the run.
struct ExplainedPlan {
  plan::Profile profile;
  plan::Program program;
  std::string input_path;  ///< empty: the input has parts
  std::string workdir;
};

/// The explanation of a run that has ended: a text on standard output, or JSON in `sink`, and the profile file if the
/// operator wants one. Looks at names on the host, so the time limit must still count.
[[nodiscard]] Result<ExitCode> explained(const Launch& wanted, const ExplainedPlan& plan,
                                         const attest::RunOutcome& outcome, const JsonSink& sink);

}  // namespace immure::cli
