#include <algorithm>
#include <array>
#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

#include "attest/harvest.hpp"
#include "attest/input_parts.hpp"
#include "attest/judge_now.hpp"
#include "attest/limits_hit.hpp"
#include "attest/mutation.hpp"
#include "attest/output.hpp"
#include "attest/publish.hpp"
#include "attest/run_state.hpp"
#include "attest/stage.hpp"
#include "attest/supervise.hpp"
#include "evidence/envelope.hpp"
#include "file/io.hpp"
#include "plan/image/image.hpp"

namespace immure::attest {
namespace {

using evidence::Evidence;
using judge::Moment;

/// The number of bytes that are hashed before the supervisor checks for other work.
constexpr std::uint64_t kPiece = 1 << 20;

Ending ending_of(Member& member, const Watched& watched, int status) {
  const Cell& cell = member.cell();
  Ending ending{.status = status,
                .usage = cell.page().usage,
                .time_was_up = watched.time_limit_hit,
                .memory_was_over = watched.memory_limit_hit,
                .counted = cell.counted};
  look_at_room(ending, member.output);
  if (cell.scratch) look_at_scratch(ending, cell.scratch, member.plan.profile.scratch_bytes);
  return ending;
}

/// Adds a limit that a member reached.
void reach(Member& member, std::string limit) {
  std::vector<std::string>& hit = member.evidence.payload->limits_hit;
  if (std::ranges::find(hit, limit) == hit.end()) hit.push_back(std::move(limit));
  std::ranges::sort(hit);
}

StageEnd record_payload(Member& member, const Watched& watched, const WatchedStage& stage) {
  const Cell& cell = member.cell();
  StageEnd end{.program = member.plan.program.inner_path};
  evidence::Payload payload;
  payload.argv = member.plan.program.argv;
  const int status = stage.ended_regularly ? cell.page().wait_status : SIGKILL;
  if (WIFSIGNALED(status)) {
    end.end = End::kSignaled;
    payload.signal = end.signal = WTERMSIG(status);
  } else {
    end.end = End::kExited;
    payload.exit_code = end.exit_code = WEXITSTATUS(status);
  }
  if (watched.time_limit_hit && !stage.ended_regularly) end.end = End::kTimeLimit;
  const Ending ending = ending_of(member, watched, status);
  payload.user_us = microseconds(ending.usage.ru_utime);
  payload.system_us = microseconds(ending.usage.ru_stime);
  payload.max_rss_kib = own_maximum(ending.usage, member.before_exec_kib);
  if (stage.ended_regularly && cell.page().left_running != 0) payload.left_running = true;
  if (ending.counted) payload.peak_memory_bytes = ending.counted->peak_bytes;
  if (cell.observer) payload.refused = cell.observer->refused();
  if (cell.observer) payload.devices = cell.observer->handed_out();
  payload.limits_hit = limits_hit(ending, member.plan.profile.limits);
  member.evidence.payload = std::move(payload);
  if (member.evidence.stage) {
    member.evidence.stage->read = stage.read;
    member.evidence.stage->written = stage.written;
  }
  if (stage.output_cut) reach(member, "output-bytes");
  return end;
}

bool failed(const StageEnd& end) { return end.end != End::kExited || end.exit_code != 0; }

/// Records how each program ended. The last one that failed says how the run ended, as with `set -o pipefail`.
void record_payloads(Run& run, const Watched& watched) {
  std::vector<StageEnd> ends;
  for (std::size_t i = 0; i < run.members.size(); ++i) {
    Member& member = run.members[i];
    ends.push_back(record_payload(member, watched, watched.stages[i]));
    const auto& observer = member.cell().observer;
    if (observer) run.outcome.explanation = observer->explanation();
    if (observer && observer->refused_in_workdir()) run.outcome.refused_in_workdir = true;
  }
  const auto last_failed = std::find_if(ends.rbegin(), ends.rend(), failed);
  const StageEnd& end = last_failed == ends.rend() ? ends.back() : *last_failed;
  run.outcome.end = watched.time_limit_hit ? End::kTimeLimit : end.end;
  run.outcome.exit_code = end.exit_code;
  run.outcome.signal = end.signal;
  if (run.last().plan.stages != 0) run.outcome.stages = std::move(ends);
}

/// All limits that a member reached, for the people who see the run end.
void tell_limits(Run& run) {
  std::vector<std::string>& all = run.outcome.limits_hit;
  for (const Member& member : run.members)
    for (const std::string& limit : member.evidence.payload->limits_hit)
      if (std::ranges::find(all, limit) == all.end()) all.push_back(limit);
  std::ranges::sort(all);
}

Result<void> look_again_at_input(Run& run) {
  if (!run.wants_evidence()) return {};
  run.deadline.enter("the rest of the input was hashed");
  while (run.hasher && run.hashed && !*run.hashed) {
    CHECK_OK(run.deadline.check());
    run.hashed = run.hasher->step(kPiece);
  }
  if (!run.hashed) return std::unexpected(run.hashed.error());
  run.deadline.enter("the input was listed once more");
  TRY(std::vector<file::Entry> after, list_again(run.input, run.request.plan.input_name, run.deadline.go_on()));
  OpenInput again{.directory = {}, .parts = {}, .entries = std::move(after), .staged = run.input.staged};
  if (again.staged) leave_out_channels(again);
  const std::string after_digest = file::stat_digest(again.entries);
  const auto broken = run.leases.broken();
  for (Member& member : run.members) {
    evidence::Input& input = member.evidence.input;
    const std::vector<std::string>& digests = member.cell().input_digests;
    input.manifest_sha256 =
        run.hasher ? run.hasher->manifest_digest() : file::manifest_digest(run.input.entries, digests);
    if (!run.input.parts.empty()) input.parts = describe_parts(run.input, digests);
    input.stat_after = after_digest;
    if (broken) input.held = "broken: " + run.input.entries[*broken].path;
  }
  return {};
}

bool is_hit(const Member& member, std::string_view limit) {
  return std::ranges::find(member.evidence.payload->limits_hit, limit) != member.evidence.payload->limits_hit.end();
}

/// Harvests the outputs of the last member. Standard output, standard error and the files in /out share one limit of
/// bytes.
Result<void> harvest_outputs(Run& run, const Watched& watched) {
  Member& member = run.last();
  const Cell& cell = member.cell();
  const std::uint64_t bytes = member.plan.profile.limits.output_bytes;
  const std::vector<std::string> unpublished =
      cell.scratch ? publish(cell.scratch, member.output, run.request.published) : std::vector<std::string>();
  TRY(Harvest harvested, harvest({.output = member.output,
                                  .target = run.request.output,
                                  .target_path = member.plan.output_path,
                                  .bytes = bytes - std::min(bytes, watched.relayed),
                                  .was_full = is_hit(member, "output-bytes") || is_hit(member, probe::kScratchLimit),
                                  .largest_file = bytes,
                                  .keep_times = run.request.keep_times,
                                  .files = member.plan.profile.limits.output_files,
                                  .scratch = cell.scratch ? &cell.scratch : nullptr,
                                  .go_on = run.deadline.go_on()}));
  if (watched.output_cut || harvested.over_bytes) reach(member, "output-bytes");
  if (harvested.over_files) reach(member, "output-files");
  if (watched.output_cut)
    harvested.refused.insert(harvested.refused.begin(),
                             "standard output and standard error: cut at the limit of output bytes");
  if (watched.output_unread)
    harvested.refused.insert(harvested.refused.begin(),
                             "standard output and standard error: not read to their end within the time limit");
  harvested.refused.insert(harvested.refused.begin(), unpublished.begin(), unpublished.end());
  run.outcome.over_names = harvested.over_names;
  run.outcome.perhaps_cut = harvested.perhaps_cut;
  if (!harvested.perhaps_cut.empty()) member.evidence.output.perhaps_cut = std::move(harvested.perhaps_cut);
  run.outcome.refused_outputs = harvested.refused;
  member.evidence.output.refused = std::move(harvested.refused);
  if (cell.scratch && harvested.artifacts.empty()) run.outcome.temporary_files = left_temporary_files(cell.scratch);
  run.outcome.statement.subjects = std::move(harvested.artifacts);
  return {};
}

/// Names what the stages before the last left in their /out, which is not kept: each stage has an /out of its own, and
/// two stages could use the same name.
Result<void> refuse_outputs_of_earlier(Run& run) {
  for (Member& member : run.members) {
    if (&member == &run.last()) break;
    TRY(member.evidence.output.refused, left_in_output(member.output, member.cell().scratch, member.plan.stage));
    const auto& refused = member.evidence.output.refused;
    run.outcome.refused_outputs.insert(run.outcome.refused_outputs.end(), refused.begin(), refused.end());
  }
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

Granted granted_by(const plan::Plan& plan) {
  Granted granted{.scratch = plan.scratch_links,
                  .read_back = plan.profile.read_back,
                  .helpers = !plan.profile.unsafe_exec.empty(),
                  .whole_image = plan.profile.executes_image(),
                  .executables = plan.program.loaders};
  granted.executables.push_back(plan.program.inner_path);
  for (const plan::Helper& helper : plan.helpers) granted.executables.push_back(helper.path);
  return granted;
}

/// Where the bytes of --stdin go: to the first program.
Feed feed_of(Run& run) {
  Member& first = run.members.front();
  if (first.plan.standard_input.empty()) return {};
  return {std::move(run.standard_input), std::move(first.cell().standard_input), first.plan.standard_input};
}

/// Prepares everything that must be ready when the programs begin to run.
Passage prepare_to_watch(Run& run) {
  std::optional<MemoryWatch>& memory = run.last().cell().memory_watch;
  for (Member& member : run.members) {
    const Cell& cell = member.cell();
    if (!cell.cgroup && memory) {
      memory->add(cell.init_pid, member.output.get());
    } else if (!cell.cgroup) {
      TRY(MemoryWatch begun,
          MemoryWatch::start(cell.init_pid, member.plan.profile.limits.memory_bytes, member.output.get()));
      memory.emplace(std::move(begun));
    }
    member.before_exec_kib = largest_resident_set(cell.init_pid);
    if (member.before_exec_kib == 0)
      return fail(Code::kBlocked, "/proc/PID/status", "does not say how much memory the cell's first process has");
    if (member.cell().observer) member.cell().observer->begin_notes(granted_by(member.plan), cell.page().payload_pid);
  }
  return {};
}

/// Lets the programs run. The reader of a pipe starts before the writer, so that no writer fills a pipe in vain if a
/// later program cannot be started.
Passage let_all_go(Run& run) {
  for (run.at = run.members.size(); run.at-- > 0;) {
    if (const auto gone = run.members[run.at].stop->let_go(); !gone)
      return fail(Code::kBlocked, "payload", "cannot be started: it cannot be detached from the tracer", {},
                  gone.error().value);
    run.let_go = true;
  }
  run.at = run.members.size() - 1;
  return {};
}

/// Hashes a piece of the input while the programs run. Returns false when nothing is left to hash.
bool hash_some(Run& run) {
  if (!run.wants_evidence() || !run.hashed || *run.hashed) return false;
  for (Member& member : run.members) close_record(member.evidence);
  if (!run.hasher) return false;
  run.hashed = run.hasher->step(kPiece);
  return run.hashed && !*run.hashed;
}

bool has_scratch(const Member& member) { return member.plan.profile.scratch_bytes != 0; }

Result<Watched> watch_all(Run& run, Feed& feed) {
  // Programs remove their temporary files when they end, so the end does not show that there was no room for them.
  std::vector<bool> room_ran_out(run.members.size());
  std::function<void(bool)> tick;
  if (run.request.progress || std::ranges::any_of(run.members, has_scratch)) {
    tick = [&run, &room_ran_out](bool speaks) {
      for (std::size_t i = 0; i < run.members.size(); ++i) {
        Ending now;
        look_at_room(now, run.members[i].output);
        room_ran_out[i] = room_ran_out[i] || now.output_full;
      }
      if (run.request.progress)
        run.request.progress(speaks ? std::nullopt : file::read_progress(run.last().output.get()));
    };
  }
  std::vector<Cell*> cells;
  for (Member& member : run.members) cells.push_back(&member.cell());
  TRY(Watched watched, watch(
                           cells, feed, standard_output_of(run), run.request.plan.profile.limits, run.deadline,
                           [&run] { return hash_some(run); }, tick));
  record_payloads(run, watched);
  for (std::size_t i = 0; i < run.members.size(); ++i) {
    Member& member = run.members[i];
    if (room_ran_out[i] && member.cell().scratch && !is_hit(member, "output-bytes"))
      reach(member, std::string(probe::kScratchLimit));
  }
  return watched;
}

/// Judges the finished evidence.
std::vector<std::string> judge_all(const Run& run) {
  std::vector<std::string> lines = judge_together(run);
  for (const Member& member : run.members)
    for (std::string& line : judge_now(member.evidence, Moment::kFinal)) lines.push_back(std::move(line));
  return lines;
}

}  // namespace

void close_record(Evidence& evidence) {
  if (evidence.probes.empty() || evidence.transcript.entries != 0) return;
  evidence.transcript = {evidence.probes.size(), evidence::transcript_head(evidence)};
}

Passage run_payloads(Run& run) {
  CHECK_OK(prepare_to_watch(run));
  CHECK_OK(let_all_go(run));
  // Freeing a long listing takes time, and the supervisor has time now. Keep the listing if evidence is wanted, because
  // the evidence needs the listing to the end.
  if (!run.wants_evidence()) run.input.entries = {};
  run.deadline.enter("what the program had written was passed on");
  Feed feed = feed_of(run);
  TRY(const Watched watched, watch_all(run, feed));
  Member& first = run.members.front();
  if (!first.plan.standard_input.empty()) {
    run.deadline.enter("the rest of the standard input was hashed");
    TRY(first.evidence.input.standard_input, feed.finish(run.deadline.go_on()));
  }
  run.deadline.enter("the outputs were collected");
  // Nobody asked for the outputs of a run that is explained.
  if (run.request.plan.explains) {
    tell_limits(run);
    return {};
  }
  CHECK_OK(harvest_outputs(run, watched));
  CHECK_OK(refuse_outputs_of_earlier(run));
  tell_limits(run);
  CHECK_OK(publish_standard_output(run));
  sign_streams(run, watched);
  CHECK_OK(look_again_at_input(run));
  run.deadline.enter("the image was listed once more");
  for (Member& member : run.members) {
    TRY(member.evidence.image_state->stat_after, plan::image_state(member.plan.image, run.deadline.go_on()));
    mutate_evidence(member.evidence);
  }
  if (run.wants_evidence()) run.outcome.after_run = judge_all(run);
  return {};
}

}  // namespace immure::attest
