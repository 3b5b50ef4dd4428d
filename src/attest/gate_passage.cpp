/// The way of a run's cells through their gates.
#include <algorithm>

#include "attest/fixed_witness.hpp"
#include "attest/gate.hpp"
#include "attest/judge_now.hpp"
#include "attest/mutation.hpp"
#include "attest/output.hpp"
#include "attest/run_state.hpp"
#include "attest/witness.hpp"
#include "judge/stages.hpp"
#include "plan/image/image.hpp"
#include "sys/process.hpp"

namespace immure::attest {
namespace {

using evidence::Evidence;
using judge::Moment;

std::string blocked_line(const judge::Row& row) {
  const std::string line =
      "test #" + std::to_string(row.number) + " (" + std::string(judge::test_of(row.number).boundary) + ")";
  if (row.findings.empty()) return line + ": " + row.observed;
  const judge::Finding& first = row.findings.front();
  return line + ": " + first.where + ": expected " + first.expected + ", observed " + first.observed + " [" +
         std::string(first.code.text()) + "]";
}

Passage demand_proof(const Evidence& evidence, Moment moment) {
  std::vector<std::string> lines = judge_now(evidence, moment);
  if (lines.empty()) return {};
  return std::unexpected(Unproved{std::move(lines)});
}

// The operator's root directory may belong to another user, who could replace the program after its digest was taken.
Result<void> check_image(const Member& member) {
  if (!member.image_state) return std::unexpected(member.image_state.error());
  const plan::Image& image = member.plan.image;
  if (*member.image_state == image.stat_sha256) return {};
  return fail(Code::kBlocked, image.directory, "the image changed after it was digested",
              "Somebody writes to it. Try again when nobody does.");
}

// True if somebody killed a process of the cell from outside. The files of such a process in /proc are empty or cannot
// be read, so the refusal would blame /proc or the cell. False if the cell itself said why it stopped, or still runs.
bool was_killed(const Cell& cell) {
  constexpr int kMilliseconds = 100;
  if (cell.init_pid < 0 || cell.page().errno_value != 0) return false;
  return sys::wait_for_either(cell.init.get(), cell.payload ? cell.payload.get() : -1, kMilliseconds).value_or(0) != 0;
}

/// Replaces a refusal by its true reason. Call this while the ExecStop exists, because its destructor ends the cell.
Passage or_killed(const Run& run, const Cell& cell, Passage passage) {
  if (passage || run.let_go) return passage;
  const auto* error = std::get_if<Error>(&passage.error());
  if ((error != nullptr && error->code == Code::kInterrupted) || !was_killed(cell)) return passage;
  return fail(Code::kBlocked, "cell", "was killed before the program started", kKilled);
}

Passage look_at_gate(Run& run, Member& member) {
  TRY(member.output, observe_at_gate(member.evidence, member.plan, run.deadline, member.cell()));
  mutate_evidence(member.evidence);
  CHECK_OK(demand_proof(member.evidence, Moment::kGate));
  // Ask the judge before this check, because the judge names the test that a mount breaks.
  CHECK_OK(check_mounted_input(run.input, member.plan.input_name, member.cell().page().payload_pid,
                               run.mounts.changed(), run.deadline.go_on()));
  return {};
}

Passage look_at_exec(Member& member) {
  Cell& cell = member.cell();
  CHECK_OK(compare_filter(member.plan, cell, *member.stop));
  const int pid = cell.page().payload_pid;
  TRY(evidence::OutsideView view, look_from_outside(pid, "exec", cell.group()));
  TRY(view.fixed_files, look_at_fixed_files(pid, plan::fixed_files(member.plan)));
  CHECK_OK(look_after_probes(pid, view));
  CHECK_OK(look_at_environment(pid, view));
  if (reads_output(member.plan.profile)) {
    TRY(view.output, look_at_output(member.output, false));
  }
  member.evidence.outside.push_back(std::move(view));
  return demand_proof(member.evidence, Moment::kExec);
}

Passage to_the_exec(Run& run, Member& member) {
  TRY(sys::ExecStop stop, stop_at_exec(member.cell(), run.deadline));
  member.stop.emplace(std::move(stop));
  return look_at_exec(member);
}

}  // namespace

std::vector<const Evidence*> stages_of(const Run& run) {
  std::vector<const Evidence*> stages;
  for (const Member& member : run.members) stages.push_back(&member.evidence);
  return stages;
}

std::vector<std::string> judge_now(const Evidence& evidence, Moment moment) {
  // The attester computes the hash chain from these same records, so a check of the chain here would prove nothing. The
  // offline verifier checks the chain.
  const judge::Judgement judgement = judge::judge(evidence, moment, judge::Record::kOpen);
  std::vector<std::string> lines;
  for (const judge::Row& row : judgement.rows) {
    if (row.outcome != judge::Outcome::kHolds) lines.push_back(blocked_line(row));
  }
  return lines;
}

std::vector<std::string> judge_together(const Run& run) {
  const auto finding = judge::check_stages(stages_of(run));
  if (!finding) return {};
  return {"the pipeline: " + finding->where + ": expected " + finding->expected + ", observed " + finding->observed +
          " [" + std::string(finding->code.text()) + "]"};
}

Passage to_the_gate(Run& run, Member& member) {
  CHECK_OK(check_image(member));
  return or_killed(run, member.cell(), look_at_gate(run, member));
}

Passage through_the_gate(Run& run) {
  for (run.at = 0; run.at < run.members.size(); ++run.at) {
    Member& member = run.members[run.at];
    mutate_stage(member.plan.stage);
    CHECK_OK(or_killed(run, member.cell(), to_the_exec(run, member)));
  }
  run.at = run.members.size() - 1;
  if (auto lines = judge_together(run); !lines.empty()) return std::unexpected(Unproved{std::move(lines)});
  Passage passed = run_payloads(run);
  for (Member& member : run.members) passed = or_killed(run, member.cell(), std::move(passed));
  return passed;
}

}  // namespace immure::attest
