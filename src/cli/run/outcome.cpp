#include "cli/run/outcome.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>

#include "cli/print.hpp"
#include "plan/limit_words.hpp"
#include "plan/profile.hpp"
#include "render/refusal_words.hpp"
#include "text/list.hpp"
#include "verify/artifacts.hpp"
#include "verify/run_summary.hpp"

namespace immure::cli {
namespace {

/// What a limit limits, and what happens at the limit.
struct LimitMeaning {
  std::string_view hit_name, of, effect;
  bool cuts = false;  ///< the program may go on and end with 0 although its outputs lack something
};
constexpr auto kMeanings = std::to_array<LimitMeaning>({
    {"cpu", "of processor time", "the kernel ended the program"},
    {"memory", "of memory, /out included", "the kernel ended a process of the program, or refused it memory", true},
    {"output-bytes", "of output", "what does not fit is lost", true},
    {"output-files", "files in /out", "the program can make no more", true},
    {"processes", "processes and threads", "the program can start no more"},
    {"wall-clock", "of time", "immure ended the program"},
});

const LimitMeaning* meaning_of(std::string_view hit_name) {
  const auto found = std::ranges::find(kMeanings, hit_name, &LimitMeaning::hit_name);
  return found == kMeanings.end() ? nullptr : &*found;
}

const probe::LimitRow* row_of(std::string_view hit_name) {
  const auto found = std::ranges::find(probe::kLimits, hit_name, &probe::LimitRow::hit_name);
  return found == probe::kLimits.end() ? nullptr : &*found;
}

/// Tells how to raise the limit that `key` of a profile sets.
std::string how_to_raise(std::string_view key, const plan::Profile& profile, const OutcomeNames& names) {
  if (key == "wall") return "use --timeout TIME";
  const std::string set = "set `" + std::string(key) + "` higher in ";
  if (names.profile && plan::is_profile_file(*names.profile)) return set + *names.profile;
  return set + "a profile file (`immure profile show " + profile.base + "` prints one) and use --profile FILE";
}

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return "SIG" + std::string(name != nullptr ? name : std::to_string(signal));
}

bool left_running(const evidence::Evidence* stage) {
  return stage->payload && stage->payload->left_running.value_or(false);
}

bool may_be_cut(const attest::RunOutcome& outcome) {
  return std::ranges::any_of(outcome.limits_hit, [](const std::string& name) {
    const LimitMeaning* meaning = meaning_of(name);
    return meaning == nullptr || meaning->cuts;
  });
}

std::string cut_line(const attest::RunOutcome& outcome, const OutcomeNames& names) {
  constexpr std::size_t kShown = 3;
  return "/out was full, so these files of " + names.output +
         " may be cut short: " + text::list_text(outcome.perhaps_cut, kShown);
}

void write_stages(text::JsonWriter& json, const std::vector<attest::StageEnd>& stages) {
  json.array();
  for (const attest::StageEnd& stage : stages) {
    json.object().member("end", end_name(stage.end));
    if (stage.signal == 0) json.member("exitCode", stage.exit_code);
    json.member("program", text::escaped(stage.program));
    if (stage.signal != 0) json.member("signal", stage.signal);
    json.close();
  }
  json.close();
}

}  // namespace

std::string_view end_name(attest::End end) {
  switch (end) {
    case attest::End::kExited: return "exited";
    case attest::End::kSignaled: return "signaled";
    case attest::End::kTimeLimit: return "time-limit";
    case attest::End::kBlocked: return "blocked";
  }
  return "blocked";
}

ExitCode exit_code_of(const attest::RunOutcome& outcome, bool fail_on_refused) {
  switch (outcome.end) {
    case attest::End::kExited: {
      if (outcome.exit_code != kSuccess) return outcome.exit_code;
      if (fail_on_refused && verify::refused_calls(outcome.statement) != 0) return kIncomplete;
      const bool complete = outcome.refused_outputs.empty() && outcome.after_run.empty() && !may_be_cut(outcome);
      return complete ? kSuccess : kIncomplete;
    }
    case attest::End::kSignaled: return kSignalBase + outcome.signal;
    case attest::End::kTimeLimit: return kTimeLimit;
    case attest::End::kBlocked: return kBlocked;
  }
  return kBlocked;
}

std::vector<std::string> limit_lines(const attest::RunOutcome& outcome, const plan::Profile& profile,
                                     const OutcomeNames& names) {
  std::vector<std::string> lines;
  for (const std::string& hit : outcome.limits_hit) {
    const probe::LimitRow* row = row_of(hit);
    const LimitMeaning* meaning = meaning_of(hit);
    if (hit == probe::kScratchLimit) {
      lines.push_back("limit reached: " + hit + ", " + plan::value_text(probe::Unit::kBytes, profile.scratch_bytes) +
                      " of temporary files: the program can write no more. To raise it, use --tmp SIZE.");
      continue;
    }
    if (row == nullptr || meaning == nullptr) {
      lines.push_back("limit reached: " + hit);
      continue;
    }
    const std::string value = plan::value_text(row->unit, probe::value_of(*row, profile.limits));
    lines.push_back("limit reached: " + hit + ", " + value + " " + std::string(meaning->of) + ": " +
                    std::string(meaning->effect) + ". To raise it, " + how_to_raise(row->key, profile, names) + ".");
  }
  if (outcome.over_names)
    lines.emplace_back(
        "limit reached: the evidence has room for 8 MiB of file names, so further files were left out. Let the "
        "program write fewer files or shorter names, or pack them into an archive.");
  if (!outcome.perhaps_cut.empty()) lines.push_back(cut_line(outcome, names));
  return lines;
}

std::optional<std::string> end_line(const attest::RunOutcome& outcome, const OutcomeNames& names) {
  const std::string incomplete = "; what it left in " + names.output + " may be incomplete";
  switch (outcome.end) {
    case attest::End::kExited:
      if (outcome.exit_code == kSuccess) return std::nullopt;
      return "the program ended with exit code " + std::to_string(outcome.exit_code);
    case attest::End::kSignaled: {
      // A program can send itself this signal too, so the evidence does not call it a limit that was reached.
      const std::string_view meaning = outcome.signal == SIGXFSZ ? ", as after a file of more than `output_bytes`" : "";
      return "the program was killed by " + signal_name(outcome.signal) + std::string(meaning) + incomplete;
    }
    case attest::End::kTimeLimit: return "the program was ended at its time limit" + incomplete;
    case attest::End::kBlocked: return std::nullopt;
  }
  return std::nullopt;
}

std::vector<std::string> stage_lines(const attest::RunOutcome& outcome) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < outcome.stages.size(); ++i) {
    const attest::StageEnd& stage = outcome.stages[i];
    if (stage.end == attest::End::kExited && stage.exit_code == kSuccess) continue;
    const std::string name = "stage " + std::to_string(i + 1) + " (" + stage.program + ") ";
    switch (stage.end) {
      case attest::End::kExited:
        lines.push_back(name + "ended with exit code " + std::to_string(stage.exit_code));
        break;
      case attest::End::kSignaled: lines.push_back(name + "was killed by " + signal_name(stage.signal)); break;
      default: lines.push_back(name + "was ended at the time limit of the pipeline");
    }
  }
  return lines;
}

std::string temporary_files_line(const std::vector<std::string>& files, const OutcomeNames& names) {
  constexpr std::size_t kNamed = 3;
  return "note: the program wrote nothing to " + names.output +
         ", and its temporary files are gone: " + text::list_text(files, kNamed) +
         ". To keep a file, let the program write to /out, or use `--publish " + files.front() + "`.";
}

void tell_outcome(const attest::RunOutcome& outcome, const plan::Profile& profile, const OutcomeNames& names) {
  for (const std::string& line : outcome.blocked) tell_blocked(line);
  for (const std::string& line : outcome.after_run) tell("no longer holds after the run: " + line);
  for (const std::string& line : limit_lines(outcome, profile, names)) tell(line);
  if (!outcome.staged_because.empty())
    tell("the cell has a copy of " + names.input + ", as with --stage: " + outcome.staged_because);
  for (const std::string& entry : outcome.left_out)
    tell("left out of the cell's copy of " + names.input + ": " + entry);
  if (std::ranges::any_of(evidence::stages_of(outcome.statement), left_running))
    tell(
        "note: processes of the program still ran when the program ended, and were killed; what they had not written "
        "to " +
        names.output + " is missing");
  for (const evidence::Evidence* stage : evidence::stages_of(outcome.statement))
    for (const std::string& line : render::refusal_sentences(*stage))
      tell("note: " + (stage->stage ? "stage " + std::to_string(stage->stage->number) + ": " : std::string()) + line);
  if (!outcome.temporary_files.empty()) tell(temporary_files_line(outcome.temporary_files, names));
  for (const std::string& output : outcome.refused_outputs) tell("left out of " + names.output + ": " + output);
  for (const std::string& line : stage_lines(outcome)) tell(line);
  if (const auto line = end_line(outcome, names);
      line && outcome.stages.empty() && (outcome.end != attest::End::kExited || names.tells_exit_code))
    tell(*line);
  if (names.evidence) tell("evidence: " + *names.evidence);
}

std::string outcome_json(const attest::RunOutcome& outcome, const std::optional<std::string>& evidence,
                         bool fail_on_refused) {
  return json_line([&](text::JsonWriter& json) {
    json.object().member("afterRun", outcome.after_run).member("blocked", outcome.blocked);
    json.member("end", end_name(outcome.end)).key("evidence");
    evidence ? json.value(*evidence) : json.null();
    json.member("exitCode", exit_code_of(outcome, fail_on_refused)).member("limitsHit", outcome.limits_hit);
    json.member("perhapsCut", outcome.perhaps_cut);
    json.member("refusedCalls", verify::refused_calls(outcome.statement));
    json.member("refusedOutputs", outcome.refused_outputs).member("runId", outcome.statement.predicate.run_id);
    if (!outcome.stages.empty()) write_stages(json.key("stages"), outcome.stages);
    json.key("subjects").array();
    // A statement must have a subject, so the statement of a run without output names the plan in the place of files.
    if (!verify::without_output(outcome.statement))
      for (const evidence::Artifact& subject : outcome.statement.subjects)
        json.object().member("name", subject.name).member("sha256", subject.sha256).close();
    json.close().close();
  });
}

}  // namespace immure::cli
