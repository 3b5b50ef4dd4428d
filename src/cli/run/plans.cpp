#include "cli/run/plans.hpp"

#include <algorithm>
#include <sstream>

#include "cli/print.hpp"
#include "cli/run/hints.hpp"
#include "cli/run/image_notes.hpp"
#include "cli/run/launch_plan.hpp"
#include "cli/run/pipeline.hpp"
#include "cli/run/workdir.hpp"
#include "plan/image/image.hpp"
#include "plan/package/package_set.hpp"
#include "text/list.hpp"

namespace immure::cli {
namespace {

void tell_plan(const plan::Plan& plan) {
  std::string command;
  for (const std::string& argument : plan.program.argv) command += (command.empty() ? "" : " ") + argument;
  tell("program: " + (plan.program.host_path.empty() ? plan.program.inner_path : plan.program.host_path));
  tell("started as: " + command);
  tell("image: " + plan.image.directory);
  if (plan.image.packages) {
    std::istringstream lines("packed from " + plan::packages_text(*plan.image.packages));
    for (std::string line; std::getline(lines, line);) tell(line);
  }
  for (const std::string& source : plan.image.foreign) tell("packed, not from a system directory: " + source);
  tell("profile: " + plan.profile.name + " (" + plan.profile.why + "), filter of " +
       std::to_string(plan.filter.instructions.size()) + " instructions");
  for (const std::string& key : plan.profile.unsafe_keys()) tell("widened by: " + key);
}

/// Tells that a program is a shim, if it is one.
Result<bool> tell_shim(const Launch& wanted) {
  if (!wanted.hints || wanted.rootfs || wanted.image) return false;
  TRY(const std::string program, find_program(wanted.program));
  std::optional<std::string> shim;
  if (!program_behind_shim(program)) shim = shim_hint(program);
  if (shim) tell(*shim);
  return shim.has_value();
}

}  // namespace

Result<std::vector<plan::Plan>> plan_stages(const Launch& wanted, const HeldInput& opened, const std::string& output,
                                            const Papers& papers, attest::Deadline& deadline) {
  std::vector<plan::Plan> plans;
  for (const Launch& stage : stages_of(wanted)) {
    auto plan = plan_for(stage, opened, output, papers, deadline);
    if (!plan && !wanted.pipeline.empty()) return std::unexpected(in_stage(wanted, plans.size(), plan.error()));
    if (!plan) return std::unexpected(plan.error());
    plans.push_back(*std::move(plan));
  }
  CHECK_OK(join_plans(plans));
  return plans;
}

Result<std::vector<plan::Plan>> make_plans(const Launch& wanted, const HeldInput& opened, const OutputDirectory& output,
                                           const Papers& papers, attest::Deadline& deadline,
                                           std::vector<bool>& is_shim) {
  std::vector<plan::Plan> plans;
  if (wanted.shared_plans) {
    for (const plan::Plan& plan : *wanted.shared_plans)
      plans.push_back(plan_for_input(plan, wanted, opened, output.path(), deadline));
  } else {
    TRY(plans, plan_stages(wanted, opened, output.path(), papers, deadline));
  }
  const std::vector<Launch> stages = stages_of(wanted);
  for (std::size_t i = 0; i < plans.size(); ++i) {
    CHECK_OK(check_workdir(plans[i], opened));
    if (wanted.verbose) tell_plan(plans[i]);
    // The batch has said this once for all its runs.
    const bool planned_here = wanted.shared_plans == nullptr;
    if (planned_here) tell_image(plans[i].image);
    TRY(const bool shim, planned_here ? tell_shim(stages[i]) : Result<bool>(false));
    is_shim.push_back(shim);
  }
  return plans;
}

Result<void> show_plans(const std::vector<plan::Plan>& plans, const JsonSink& sink) {
  constexpr std::size_t kBehindLabels = 13;
  std::string text;
  for (const plan::Plan& plan : plans) {
    if (sink)
      text::append_item(text, plan::plan_json(plan), ",");
    else
      text::append_item(text, for_terminal(plan::plan_text(plan), kBehindLabels), "\n");
  }
  if (!sink) return print(text);
  return sink.give((plans.size() > 1 ? "[" + text + "]" : text) + "\n");
}

}  // namespace immure::cli
