#include "cli/run/pipeline.hpp"

#include <algorithm>
#include <utility>

#include "evidence/evidence.hpp"
#include "plan/limit_words.hpp"
#include "probe/limits.hpp"

namespace immure::cli {
namespace {

constexpr std::string_view kOtherWord =
    "To give a program this word as an argument, choose another word for the pipe: --pipe WORD.";

}  // namespace

Result<std::vector<ProgramCall>> split_pipeline(const std::vector<std::string>& words, const std::string& pipe) {
  std::vector<ProgramCall> stages;
  for (auto from = words.begin();;) {
    const auto end = std::find(from, words.end(), pipe);
    if (from == end)
      return fail(Code::kUsage, pipe, "has no program " + std::string(stages.empty() ? "before it" : "behind it"),
                  kOtherWord);
    stages.push_back({.program = *from, .arguments = {from + 1, end}});
    if (end == words.end()) break;
    from = end + 1;
  }
  if (stages.size() > evidence::kMostStages)
    return fail(Code::kUsage, pipe, "joins " + std::to_string(stages.size()) + " programs",
                "A pipeline has at most " + std::to_string(evidence::kMostStages) + " programs.");
  return stages;
}

Result<void> check_pipeline(const Launch& wanted) {
  if (wanted.pipeline.empty()) return {};
  if (wanted.explains)
    return fail(
        Code::kUsage, "explain", "takes one program, and this is a pipeline",
        "Explain the stage that failed by itself, with its input in a file for --stdin. " + std::string(kOtherWord));
  if (wanted.capture)
    return fail(Code::kUsage, "--capture", "has no meaning for a pipeline: each stage has a standard error of its own",
                "Leave out --capture, and use --stdout FILE to sign what the last stage prints.");
  return {};
}

std::vector<Launch> stages_of(const Launch& wanted) {
  std::vector<Launch> stages(std::max<std::size_t>(wanted.pipeline.size(), 1), wanted);
  for (std::size_t i = 0; i < wanted.pipeline.size(); ++i) {
    stages[i].program = wanted.pipeline[i].program;
    stages[i].arguments = wanted.pipeline[i].arguments;
  }
  return stages;
}

Error in_stage(const Launch& wanted, std::size_t index, Error error) {
  if (error.code == Code::kInterrupted) return error;
  error.where = "stage " + std::to_string(index + 1) + " of the pipeline (" + wanted.pipeline[index].program + ")" +
                (error.where.empty() ? "" : ": " + error.where);
  error.hint += (error.hint.empty() ? "" : " ") + std::string(kOtherWord);
  return error;
}

Result<void> join_plans(std::vector<plan::Plan>& plans) {
  const auto count = static_cast<std::uint32_t>(plans.size());
  if (count < 2) return {};
  const plan::Limits& limits = plans.back().profile.limits;
  for (std::uint32_t i = 0; i < count; ++i) {
    plan::Plan& plan = plans[i];
    plan.stage = i + 1;
    plan.stages = count;
    if (i != 0) plan.standard_input.clear();
    if (i + 1 != count) plan.standard_output.clear();
    for (const probe::LimitRow* row : probe::kLimitsByEvidenceName)
      if (plan.profile.limits.*row->member != limits.*row->member)
        return fail(Code::kBadInput, "the limit `" + std::string(row->key) + "`",
                    "of stage " + std::to_string(i + 1) + " (" + plan.profile.name +
                        ") differs from that of the last " + "stage (" + plans.back().profile.name +
                        "), and the limits count for the whole pipeline",
                    "Use --profile with one profile for all stages.");
  }
  // Each stage that waits at its gate has two processes while the probes of the next stage run.
  constexpr std::uint64_t kWaiting = 2;
  const std::uint64_t needed = probe::row_of(&probe::Limits::processes).least + kWaiting * (count - 1);
  if (limits.processes < needed)
    return fail(Code::kBadInput, "the limit `processes`",
                "is " + std::to_string(limits.processes) + ", and a pipeline of " + std::to_string(count) +
                    " programs needs " + std::to_string(needed),
                "Set `processes` higher in the profile file.");
  return {};
}

}  // namespace immure::cli
