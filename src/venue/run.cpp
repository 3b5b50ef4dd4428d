#include "venue/run.hpp"

#include <algorithm>
#include <csignal>
#include <ctime>

#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cell/omission.hpp"
#include "evidence/envelope.hpp"
#include "evidence/keys.hpp"
#include "file/io.hpp"
#include "plan/image.hpp"
#include "sys/file.hpp"
#include "sys/process.hpp"
#include "venue/core_dumps.hpp"
#include "venue/deadline.hpp"
#include "venue/gate.hpp"
#include "venue/harvest.hpp"
#include "venue/input.hpp"
#include "venue/lease.hpp"
#include "venue/limits_hit.hpp"
#include "venue/neighbours.hpp"
#include "venue/records.hpp"
#include "venue/stage.hpp"
#include "venue/supervise.hpp"
#include "venue/surroundings.hpp"
#include "venue/witness.hpp"

namespace immure::venue {
namespace {

using cell::Omission;
using cell::omitted;
using evidence::Evidence;
using verify::Moment;

/// How many bytes are hashed before the supervisor looks whether it has something else to do.
constexpr std::uint64_t kPiece = 1 << 20;

std::uint64_t monotonic_us() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

/// One run under way.
struct Run {
  const RunRequest& request;
  Deadline& deadline;
  Evidence evidence;
  RunOutcome outcome;
  OpenInput input;
  std::optional<evidence::PrivateKeyFile> key;  ///< opened once, before anything is started
  Leases leases;
  Neighbourhood neighbours;
  std::optional<file::ManifestHasher> hasher;
  Result<bool> hashed = false;
  Result<std::string> image_state = std::string();  ///< when the cell was built
  bool let_go = false;                              ///< the payload runs, or has run
  std::uint64_t before_exec_kib = 0;                ///< how large the memory was in which the payload's task waited
  std::uint64_t started_us = monotonic_us();

  [[nodiscard]] bool wants_evidence() const { return request.evidence.has_value(); }
};

Result<std::string> random_id() {
  std::array<std::uint8_t, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return fail(Code::kSystem, "getrandom", "no random bytes", {}, errno);
  return file::hex(bytes);
}

std::string blocked_line(const verify::Row& row) {
  const std::string line =
      "test #" + std::to_string(row.number) + " (" + std::string(verify::test_of(row.number).boundary) + ")";
  if (row.findings.empty()) return line + ": " + row.observed;
  const verify::Finding& first = row.findings.front();
  return line + ": " + first.where + ": expected " + first.expected + ", observed " + first.observed + " [" +
         first.code + "]";
}

/// True if every boundary is proved; else the outcome says which is not.
bool passes(Run& run, Moment moment) {
  // The chain over the records is made here, and from these very records; who verifies it is somebody else.
  const verify::Judgement judgement = verify::judge(run.evidence, moment, verify::Record::kOpen);
  for (const verify::Row& row : judgement.rows) {
    if (row.outcome != verify::Outcome::kHolds) run.outcome.blocked.push_back(blocked_line(row));
  }
  return run.outcome.blocked.empty();
}

Ending ending_of(const Cell& cell, const Watched& watched, int status, const sys::Fd& output) {
  Ending ending{.status = status,
                .usage = cell.page().usage,
                .time_was_up = watched.time_limit_hit,
                .memory_was_over = watched.memory_limit_hit,
                .counted = cell.counted};
  look_at_room(ending, output);
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
  const Ending ending = ending_of(cell, watched, status, output);
  payload.user_us = microseconds(ending.usage.ru_utime);
  payload.system_us = microseconds(ending.usage.ru_stime);
  payload.max_rss_kib = own_maximum(ending.usage, run.before_exec_kib);
  if (ending.counted) payload.peak_memory_bytes = ending.counted->peak_bytes;
  if (watched.time_limit_hit) run.outcome.end = End::kTimeLimit;
  payload.limits_hit = limits_hit(ending, run.request.plan.profile.limits);
  run.outcome.limits_hit = payload.limits_hit;
  run.evidence.payload = std::move(payload);
}

/// Chains what was recorded, once all of it is there.
void close_record(Evidence& evidence) {
  if (evidence.probes.empty() || evidence.transcript.entries != 0) return;
  evidence.transcript = {evidence.probes.size(), evidence::transcript_head(evidence)};
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
  TRY(std::vector<file::Entry> after,
      list_input(run.input.directory.get(), run.request.plan.input_name, run.deadline.go_on()));
  OpenInput again{.directory = {}, .entries = std::move(after), .staged = run.input.staged};
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

/// Harvests the outputs. Standard output, standard error and the files in /out share one limit of bytes.
Result<void> harvest_outputs(Run& run, const sys::Fd& output, const Watched& watched) {
  const std::uint64_t bytes = run.request.plan.profile.limits.output_bytes;
  TRY(Harvest harvested, harvest({.output = output,
                                  .target = run.request.output,
                                  .target_path = run.request.plan.output_path,
                                  .bytes = bytes - std::min(bytes, watched.relayed),
                                  .go_on = run.deadline.go_on()}));
  if (watched.output_cut || harvested.over_bytes) reach(run, "output-bytes");
  if (watched.output_cut)
    harvested.refused.insert(harvested.refused.begin(),
                             "standard output and standard error: cut at the limit of output bytes");
  if (watched.output_unread)
    harvested.refused.insert(harvested.refused.begin(),
                             "standard output and standard error: not read to their end within the time limit");
  run.outcome.refused_outputs = harvested.refused;
  run.evidence.output.refused = std::move(harvested.refused);
  run.outcome.statement.subjects = std::move(harvested.artifacts);
  return {};
}

Result<void> run_payload(Run& run, Cell& cell, sys::ExecStop& stop, const sys::Fd& output) {
  if (!cell.cgroup) {
    TRY(cell.memory_watch,
        MemoryWatch::start(cell.init_pid, run.request.plan.profile.limits.memory_bytes, output.get()));
  }
  run.before_exec_kib = largest_resident_set(cell.init_pid);
  if (run.before_exec_kib == 0)
    return fail(Code::kBlocked, "/proc/PID/status", "does not say how much memory the cell's first process has");
  if (const auto gone = stop.let_go(); !gone)
    return fail(Code::kBlocked, "payload", "cannot be let go", {}, gone.error().value);
  run.let_go = true;
  const auto hash_some = [&run] {
    if (!run.wants_evidence() || !run.hashed || *run.hashed) return false;
    close_record(run.evidence);
    if (!run.hasher) return false;
    run.hashed = run.hasher->step(kPiece);
    return run.hashed && !*run.hashed;
  };
  std::function<void(bool)> tick;
  if (run.request.progress) {
    tick = [&run, &output](bool speaks) {
      run.request.progress(speaks ? std::nullopt : file::read_progress(output.get()));
    };
  }
  // To take a long listing apart takes time, which there is now. The evidence needs it to the end.
  if (!run.wants_evidence()) run.input.entries = {};
  run.deadline.enter("what the program had written was passed on");
  TRY(const Watched watched, watch(cell, run.request.plan.profile.limits, run.deadline, hash_some, tick));
  record_payload(run, cell, watched, output);
  run.deadline.enter("the outputs were collected");
  CHECK_OK(harvest_outputs(run, output, watched));
  // A digest of a stream that nobody got whole would be of something that is nowhere.
  if (run.request.plan.capture_output && !watched.output_unread) {
    run.outcome.statement.subjects.push_back({"stdout", watched.output_sha256});
    run.outcome.statement.subjects.push_back({"stderr", watched.error_sha256});
  }
  CHECK_OK(look_again_at_input(run, cell));
  run.deadline.enter("the image was listed once more");
  TRY(run.evidence.image_state->stat_after, plan::image_state(run.request.plan.image, run.deadline.go_on()));
  run.outcome.after_run.clear();
  if (run.wants_evidence() && !passes(run, Moment::kFinal)) std::swap(run.outcome.after_run, run.outcome.blocked);
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

// From a ready cell to the end of the payload, or to the reason why it was not started.
Result<void> through_the_gate(Run& run, Cell& cell) {
  CHECK_OK(check_image(run));
  TRY(const sys::Fd output, observe_at_gate(run.evidence, run.request.plan, run.deadline, cell));
  if (!passes(run, Moment::kGate)) return {};
  TRY(sys::ExecStop stop, stop_at_exec(cell));
  if (!omitted(Omission::kOutsideWitness)) {
    CHECK_OK(compare_filter(run.request.plan.filter, cell, stop));
    const int pid = cell.page().payload_pid;
    TRY(evidence::OutsideView view, look_from_outside(pid, "exec", cell.group()));
    CHECK_OK(look_at_open_files(pid, view));
    CHECK_OK(look_at_environment(pid, view));
    run.evidence.outside.push_back(std::move(view));
  }
  if (!passes(run, Moment::kExec)) return {};
  return run_payload(run, cell, stop, output);
}

// Once the payload has run, what fails is the harvest or the disk, and nobody may say that it never started.
Error after_the_run(Error error) {
  if (error.code == Code::kInterrupted) {
    error.what += ", after the program had ended: there is no evidence of this run";
    return error;
  }
  if (error.code != Code::kInternal) error.code = Code::kSystem;
  return error;
}

// A run that stopped in the supervisor's or the cell's hands: refused, and the evidence says why.
void refuse(Run& run, const Error& error) {
  run.outcome.end = End::kBlocked;
  run.outcome.blocked.push_back(to_text(error));
  run.evidence.fault = to_text(error);
}

Result<void> write_evidence(Run& run) {
  Evidence& evidence = run.evidence;
  if (run.wants_evidence()) close_record(evidence);
  evidence.finished_on = rfc3339_now();
  evidence.duration_us = monotonic_us() - run.started_us;
  evidence::Statement& statement = run.outcome.statement;
  std::ranges::sort(statement.subjects, {}, &evidence::Artifact::name);
  if (statement.subjects.empty()) statement.subjects.push_back({"plan", evidence.plan.sha256});
  statement.predicate = std::move(evidence);
  if (!run.wants_evidence()) return {};
  TRY(const evidence::PrivateKey key, run.key->read());
  TRY(const std::string sealed, evidence::seal_readable(statement, key));
  return run.request.replace_evidence ? file::write_whole(*run.request.evidence, sealed, 0644)
                                      : file::create_whole(*run.request.evidence, sealed, 0644);
}

/// Makes sure that the bytes that are hashed are the bytes that the program reads: by leases, or, if the kernel grants
/// none, by a copy that is hashed while it is made.
Result<void> hold_input(Run& run) {
  const RunRequest& request = run.request;
  const std::string& name = request.plan.input_name;
  run.input.digests_wanted = run.wants_evidence();
  if (run.wants_evidence() && !run.input.staged) {
    TRY(run.leases, Leases::take(run.input.directory.get(), name, run.input.entries, run.deadline.go_on()));
    run.outcome.staged_because = run.leases.refusal();
    run.input.staged = !run.outcome.staged_because.empty();
  }
  if (run.input.staged) return check_stage_fits(run.input, name, request.plan.profile.limits.memory_bytes);
  if (!run.wants_evidence()) return {};
  run.hasher.emplace(run.input.directory.get(), name, run.input.entries);
  run.hasher->read_from(run.leases.files());
  return {};
}

/// All that may refuse the run before anything is started.
Result<void> begin(Run& run, sys::Fd input, std::vector<file::Entry> listed) {
  const RunRequest& request = run.request;
  CHECK_OK(check_proc());
  // Looked at now, so that a bad key is an error before anything runs; read again to sign, so that no key is in memory
  // while the payload runs.
  if (run.wants_evidence()) {
    TRY(run.key, evidence::PrivateKeyFile::open(request.key_path));
    if (const std::string& open = request.plan.image.open_to_others; !open.empty())
      return fail(Code::kBadInput, open,
                  "may be written by another user, and evidence of the image would prove nothing",
                  "Copy the root directory as yourself, without write permission for others, and name the copy.");
  }
  TRY(run.input, open_input(request.plan, std::move(input), request.stage_input, std::move(listed),
                            run.outcome.left_out, run.deadline.go_on()));
  CHECK_OK(check_readable(run.input, request.plan.input_name));
  TRY(run.neighbours, look_at_neighbours(request.plan));
  return hold_input(run);
}

/// What the evidence says of the run whatever comes of it. Needs nothing of the cell, which builds its walls meanwhile.
Result<void> describe(Run& run) {
  const RunRequest& request = run.request;
  TRY(run.evidence, opening(request.plan, run.wants_evidence()));
  run.evidence.input.staged = run.input.staged;
  if (run.wants_evidence()) {
    const std::string& why = run.outcome.staged_because;
    run.evidence.input.held = run.input.staged ? "staged: " + (why.empty() ? "by request" : why) : "leases";
  }
  run.evidence.input.left_out = run.outcome.left_out;
  run.evidence.neighbours = std::move(run.neighbours.seen);
  TRY(run.evidence.run_id, random_id());
  run.evidence.nonce = request.nonce;
  run.evidence.audience = request.audience;
  count_input(run.evidence, run.input);
  run.image_state = plan::image_state(request.plan.image);
  run.evidence.image_state = {.stat_before = run.image_state.value_or(std::string()), .stat_after = {}};
  return {};
}

}  // namespace

Result<RunOutcome> run(RunRequest request) {
  // Set this before any process is started, because every process inherits the setting.
  keep_memory_out_of_core_dumps();
  TRY(const std::unique_ptr<Deadline> deadline, Deadline::begin(request.plan.profile.limits.wall_ms));
  Run run{.request = request,
          .deadline = *deadline,
          .evidence = {},
          .outcome = {},
          .input = {},
          .key = {},
          .leases = {},
          .neighbours = {},
          .hasher = {}};
  deadline->enter("the input was listed");
  CHECK_OK(begin(run, std::move(request.input), std::move(request.listed)));
  std::optional<StartFailure> failure;
  auto started = start_cell(request.venue, request.plan, run.input, *deadline, failure);
  run.neighbours.held.clear();
  if (const auto described = describe(run); !described) {
    if (started) end_cell(started->cell);
    return std::unexpected(described.error());
  }
  if (started) {
    if (const auto walls = await_walls(started->cell, *deadline, failure); !walls)
      started = std::unexpected(walls.error());
  }
  if (!started) {
    if (started.error().code == Code::kInterrupted) return std::unexpected(started.error());
    refuse(run, started.error());
  } else {
    Cell* const cell = &started->cell;
    run.evidence.host.venue = started->venue;
    run.evidence.host.venue_version = started->version;
    run.outcome.venue = started->venue + " (" + started->version + ")";
    run.outcome.passed_over = std::move(started->passed_over);
    run.evidence.outer = cell->outer;
    if (!run.outcome.passed_over.empty()) run.evidence.host.passed_over = run.outcome.passed_over;
    run.evidence.host.landlock_abi = cell->landlock_abi;
    run.evidence.limits = enforcements(request.plan.profile.limits, cell->group());
    if (const auto done = through_the_gate(run, *cell); !done) {
      end_cell(*cell);
      if (run.let_go) return std::unexpected(after_the_run(done.error()));
      if (done.error().code == Code::kInterrupted) return std::unexpected(done.error());
      refuse(run, done.error());
    }
    end_cell(*cell);
  }
  const bool ran = run.evidence.payload.has_value();
  if (!ran) run.outcome.end = End::kBlocked;
  if (auto written = write_evidence(run); !written)
    return std::unexpected(ran ? after_the_run(written.error()) : written.error());
  return std::move(run.outcome);
}

}  // namespace immure::venue
