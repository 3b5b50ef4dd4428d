/// The plans of a run: one, or one for each stage of a pipeline.
#pragma once

#include <string>
#include <vector>

#include "attest/deadline.hpp"
#include "cli/run/directories.hpp"
#include "cli/run/inputs.hpp"
#include "cli/run/json_sink.hpp"
#include "cli/run/launch.hpp"
#include "cli/run/papers.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"

namespace immure::cli {

/// Makes the plans of all programs, in their order. Errors: those of plan_for() and of join_plans().
[[nodiscard]] Result<std::vector<plan::Plan>> plan_stages(const Launch& wanted, const HeldInput& opened,
                                                          const std::string& output, const Papers& papers,
                                                          attest::Deadline& deadline);

/// Takes the plans of the batch, or makes plans as plan_stages() does, and tells what people should know about them.
/// `is_shim` gets an entry for each plan. Errors: those of plan_stages() and of check_workdir().
[[nodiscard]] Result<std::vector<plan::Plan>> make_plans(const Launch& wanted, const HeldInput& opened,
                                                         const OutputDirectory& output, const Papers& papers,
                                                         attest::Deadline& deadline, std::vector<bool>& is_shim);

/// Prints the plans for --dry-run. The JSON of a pipeline is a list.
[[nodiscard]] Result<void> show_plans(const std::vector<plan::Plan>& plans, const JsonSink& sink);

}  // namespace immure::cli
