#include <algorithm>
#include <array>
#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

#include "attest/fixed_witness.hpp"
#include "attest/gate.hpp"
#include "attest/harvest.hpp"
#include "attest/input_parts.hpp"
#include "attest/limits_hit.hpp"
#include "attest/mutation.hpp"
#include "attest/output.hpp"
#include "attest/publish.hpp"
#include "attest/run_state.hpp"
#include "attest/stage.hpp"
#include "attest/supervise.hpp"
#include "attest/witness.hpp"
#include "evidence/envelope.hpp"
#include "file/io.hpp"
#include "plan/image/image.hpp"
#include "sys/process.hpp"

namespace immure::attest {
namespace {

using evidence::Evidence;
using judge::Moment;

/// The number of bytes that are hashed before the supervisor checks for other work.
constexpr std::uint64_t kPiece = 1 << 20;

std::string blocked_line(const judge::Row& row) {
  const std::string line =
      "test #" + std::to_string(row.number) + " (" + std::string(judge::test_of(row.number).boundary) + ")";
  if (row.findings.empty()) return line + ": " + row.observed;
  const judge::Finding& first = row.findings.front();
  return line + ": " + first.where + ": expected " + first.expected + ", observed " + first.observed + " [" +
         std::string(first.code.text()) + "]";
}

/// One line for each boundary that is not proved now; empty if all are proved.
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

Passage demand_proof(const Evidence& evidence, Moment moment) {
  std::vector<std::string> lines = judge_now(evidence, moment);
  if (lines.empty()) return {};
  return std::unexpected(Unproved{std::move(lines)});
}

Ending ending_of(const Cell& cell, const Watched& watched, int status, const sys::Fd& output,
                 std::uint64_t scratch_bytes) {
  Ending ending{.status = status,
                .usage = cell.page().usage,
                .time_was_up = watched.time_limit_hit,
                .memory_was_over = watched.memory_limit_hit,
                .counted = cell.counted};
  look_at_room(ending, output);
  if (cell.scratch) look_at_scratch(ending, cell.scratch, scratch_bytes);
  return ending;
}

void record_payload(Run& run, const Cell& cell, const Watched& watched, const sys::Fd& output) {
  evidence::Payload payload;
  payload.argv = run.request.plan.program.argv;
  const int status = watched.ended_regularly ? cell.page().wait_status : SIGKILL;
  if (WIFSIGNALED(status)) {
    payload.signal = WTERMSIG(status);
    run.outcome.end = End::kSignaled;
    run.outcome.signal = WTERMSIG(status);
  } else {
    payload.exit_code = WEXITSTATUS(status);
    run.outcome.end = End::kExited;
    run.outcome.exit_code = WEXITSTATUS(status);
  }
  const Ending ending = ending_of(cell, watched, status, output, run.request.plan.profile.scratch_bytes);
  payload.user_us = microseconds(ending.usage.ru_utime);
  payload.system_us = microseconds(ending.usage.ru_stime);
  payload.max_rss_kib = own_maximum(ending.usage, run.before_exec_kib);
  if (watched.ended_regularly && cell.page().left_running != 0) payload.left_running = true;
  if (ending.counted) payload.peak_memory_bytes = ending.counted->peak_bytes;
  if (watched.time_limit_hit) run.outcome.end = End::kTimeLimit;
  if (cell.observer) payload.refused = cell.observer->refused();
  if (cell.observer) payload.devices = cell.observer->handed_out();
  if (cell.observer) run.outcome.explanation = cell.observer->explanation();
  run.outcome.refused_in_workdir = cell.observer && cell.observer->refused_in_workdir();
  payload.limits_hit = limits_hit(ending, run.request.plan.profile.limits);
  run.outcome.limits_hit = payload.limits_hit;
  run.evidence.payload = std::move(payload);
}

Result<void> look_again_at_input(Run& run, const Cell& cell) {
  if (!run.wants_evidence()) return {};
  run.deadline.enter("the rest of the input was hashed");
  while (run.hasher && run.hashed && !*run.hashed) {
    CHECK_OK(run.deadline.check());
    run.hashed = run.hasher->step(kPiece);
  }
  if (!run.hashed) return std::unexpected(run.hashed.error());
  run.deadline.enter("the input was listed once more");
  run.evidence.input.manifest_sha256 =
      run.hasher ? run.hasher->manifest_digest() : file::manifest_digest(run.input.entries, cell.input_digests);
  if (!run.input.parts.empty()) run.evidence.input.parts = describe_parts(run.input, cell.input_digests);
  TRY(std::vector<file::Entry> after, list_again(run.input, run.request.plan.input_name, run.deadline.go_on()));
  OpenInput again{.directory = {}, .parts = {}, .entries = std::move(after), .staged = run.input.staged};
  if (again.staged) leave_out_channels(again);
  run.evidence.input.stat_after = file::stat_digest(again.entries);
  if (const auto broken = run.leases.broken()) run.evidence.input.held = "broken: " + run.input.entries[*broken].path;
  return {};
}

void reach(Run& run, std::string limit) {
  std::vector<std::string>& hit = run.evidence.payload->limits_hit;
  if (std::ranges::find(hit, limit) == hit.end()) hit.push_back(std::move(limit));
  std::ranges::sort(hit);
  run.outcome.limits_hit = hit;
}

bool is_hit(const Run& run, std::string_view limit) {
  return std::ranges::find(run.evidence.payload->limits_hit, limit) != run.evidence.payload->limits_hit.end();
}

/// Harvests the outputs. Standard output, standard error and the files in /out share one limit of bytes.
Result<void> harvest_outputs(Run& run, const Cell& cell, const sys::Fd& output, const Watched& watched) {
  const std::uint64_t bytes = run.request.plan.profile.limits.output_bytes;
  const std::vector<std::string> unpublished =
      cell.scratch ? publish(cell.scratch, output, run.request.published) : std::vector<std::string>();
  TRY(Harvest harvested, harvest({.output = output,
                                  .target = run.request.output,
                                  .target_path = run.request.plan.output_path,
                                  .bytes = bytes - std::min(bytes, watched.relayed),
                                  .was_full = is_hit(run, "output-bytes") || is_hit(run, probe::kScratchLimit),
                                  .largest_file = bytes,
                                  .keep_times = run.request.keep_times,
                                  .files = run.request.plan.profile.limits.output_files,
                                  .scratch = cell.scratch ? &cell.scratch : nullptr,
                                  .go_on = run.deadline.go_on()}));
  if (watched.output_cut || harvested.over_bytes) reach(run, "output-bytes");
  if (harvested.over_files) reach(run, "output-files");
  if (watched.output_cut)
    harvested.refused.insert(harvested.refused.begin(),
                             "standard output and standard error: cut at the limit of output bytes");
  if (watched.output_unread)
    harvested.refused.insert(harvested.refused.begin(),
                             "standard output and standard error: not read to their end within the time limit");
  harvested.refused.insert(harvested.refused.begin(), unpublished.begin(), unpublished.end());
  run.outcome.over_names = harvested.over_names;
  run.outcome.perhaps_cut = harvested.perhaps_cut;
  if (!harvested.perhaps_cut.empty()) run.evidence.output.perhaps_cut = std::move(harvested.perhaps_cut);
  run.outcome.refused_outputs = harvested.refused;
  run.evidence.output.refused = std::move(harvested.refused);
  if (cell.scratch && harvested.artifacts.empty()) run.outcome.temporary_files = left_temporary_files(cell.scratch);
  run.outcome.statement.subjects = std::move(harvested.artifacts);
  return {};
}

/// Where the program's standard output goes. The standard output of a run that is explained belongs to the explanation.
int standard_output_of(const Run& run) {
  if (run.request.plan.explains) return STDERR_FILENO;
  return run.standard_output ? run.standard_output->descriptor().get() : STDOUT_FILENO;
}

/// Gives the file of --stdout its name, even if a limit cut the output: a message and the evidence then say so.
Result<void> publish_standard_output(Run& run) {
  if (!run.standard_output) return {};
  constexpr unsigned kReadableByAll = 0644;
  return run.standard_output->publish(kReadableByAll & ~current_umask(), run.request.replace_standard_output);
}

/// Makes the streams subjects of the statement. Leaves out streams that were not read to their end, because nobody
/// would have the bytes that belong to their digests.
void sign_streams(Run& run, const Watched& watched) {
  if (watched.output_unread) return;
  auto& subjects = run.outcome.statement.subjects;
  const plan::Plan& plan = run.request.plan;
  if (plan.capture_output || !plan.standard_output.empty()) subjects.push_back({"stdout", watched.output_sha256});
  if (plan.capture_output) subjects.push_back({"stderr", watched.error_sha256});
}

Passage run_payload(Run& run, Cell& cell, sys::ExecStop& stop, const sys::Fd& output) {
  if (!cell.cgroup) {
    TRY(cell.memory_watch,
        MemoryWatch::start(cell.init_pid, run.request.plan.profile.limits.memory_bytes, output.get()));
  }
  run.before_exec_kib = largest_resident_set(cell.init_pid);
  if (run.before_exec_kib == 0)
    return fail(Code::kBlocked, "/proc/PID/status", "does not say how much memory the cell's first process has");
  const plan::Profile& profile = run.request.plan.profile;
  if (cell.observer)
    cell.observer->begin_notes({.scratch = run.request.plan.scratch_links, .read_back = profile.read_back},
                               cell.page().payload_pid);
  if (const auto gone = stop.let_go(); !gone)
    return fail(Code::kBlocked, "payload", "cannot be started: it cannot be detached from the tracer", {},
                gone.error().value);
  run.let_go = true;
  const auto hash_some = [&run] {
    if (!run.wants_evidence() || !run.hashed || *run.hashed) return false;
    close_record(run.evidence);
    if (!run.hasher) return false;
    run.hashed = run.hasher->step(kPiece);
    return run.hashed && !*run.hashed;
  };
  // Programs remove their temporary files when they end, so the end does not show that there was no room for them.
  bool room_ran_out = false;
  std::function<void(bool)> tick;
  if (run.request.progress || profile.scratch_bytes != 0) {
    tick = [&run, &output, &room_ran_out](bool speaks) {
      Ending now;
      look_at_room(now, output);
      room_ran_out = room_ran_out || now.output_full;
      if (run.request.progress) run.request.progress(speaks ? std::nullopt : file::read_progress(output.get()));
    };
  }
  // Freeing a long listing takes time, and the supervisor has time now. Keep the listing if evidence is wanted, because
  // the evidence needs the listing to the end.
  if (!run.wants_evidence()) run.input.entries = {};
  run.deadline.enter("what the program had written was passed on");
  Feed feed;
  if (const std::string& name = run.request.plan.standard_input; !name.empty())
    feed = Feed(std::move(run.standard_input), std::move(cell.standard_input), name);
  TRY(const Watched watched,
      watch(cell, feed, standard_output_of(run), run.request.plan.profile.limits, run.deadline, hash_some, tick));
  record_payload(run, cell, watched, output);
  if (room_ran_out && cell.scratch && !is_hit(run, "output-bytes")) reach(run, std::string(probe::kScratchLimit));
  if (!run.request.plan.standard_input.empty()) {
    run.deadline.enter("the rest of the standard input was hashed");
    TRY(run.evidence.input.standard_input, feed.finish(run.deadline.go_on()));
  }
  run.deadline.enter("the outputs were collected");
  // Nobody asked for the outputs of a run that is explained.
  if (run.request.plan.explains) return {};
  CHECK_OK(harvest_outputs(run, cell, output, watched));
  CHECK_OK(publish_standard_output(run));
  sign_streams(run, watched);
  CHECK_OK(look_again_at_input(run, cell));
  run.deadline.enter("the image was listed once more");
  TRY(run.evidence.image_state->stat_after, plan::image_state(run.request.plan.image, run.deadline.go_on()));
  mutate_evidence(run.evidence);
  if (run.wants_evidence()) run.outcome.after_run = judge_now(run.evidence, Moment::kFinal);
  return {};
}

// The operator's root directory may belong to another user, who could replace the program after its digest was taken.
Result<void> check_image(const Run& run) {
  if (!run.image_state) return std::unexpected(run.image_state.error());
  const plan::Image& image = run.request.plan.image;
  if (*run.image_state == image.stat_sha256) return {};
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

Passage look_at_gate(Run& run, Cell& cell, sys::Fd& output) {
  TRY(output, observe_at_gate(run.evidence, run.request.plan, run.deadline, cell));
  mutate_evidence(run.evidence);
  CHECK_OK(demand_proof(run.evidence, Moment::kGate));
  // Ask the judge before this check, because the judge names the test that a mount breaks.
  CHECK_OK(check_mounted_input(run.input, run.request.plan.input_name, cell.page().payload_pid, run.mounts.changed(),
                               run.deadline.go_on()));
  return {};
}

Passage look_at_exec(Run& run, Cell& cell, const sys::ExecStop& stop, const sys::Fd& output) {
  CHECK_OK(compare_filter(run.request.plan, cell, stop));
  const int pid = cell.page().payload_pid;
  TRY(evidence::OutsideView view, look_from_outside(pid, "exec", cell.group()));
  TRY(view.fixed_files, look_at_fixed_files(pid, plan::fixed_files(run.request.plan)));
  CHECK_OK(look_after_probes(pid, view));
  CHECK_OK(look_at_environment(pid, view));
  if (reads_output(run.request.plan.profile)) {
    TRY(view.output, look_at_output(output, false));
  }
  run.evidence.outside.push_back(std::move(view));
  return demand_proof(run.evidence, Moment::kExec);
}

}  // namespace

void close_record(Evidence& evidence) {
  if (evidence.probes.empty() || evidence.transcript.entries != 0) return;
  evidence.transcript = {evidence.probes.size(), evidence::transcript_head(evidence)};
}

Passage through_the_gate(Run& run, Cell& cell) {
  CHECK_OK(check_image(run));
  sys::Fd output;
  CHECK_OK(or_killed(run, cell, look_at_gate(run, cell, output)));
  TRY(sys::ExecStop stop, stop_at_exec(cell, run.deadline));
  CHECK_OK(or_killed(run, cell, look_at_exec(run, cell, stop, output)));
  return or_killed(run, cell, run_payload(run, cell, stop, output));
}

}  // namespace immure::attest
