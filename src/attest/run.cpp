#include "attest/run.hpp"

#include <algorithm>
#include <cerrno>

#include "attest/aliases.hpp"
#include "attest/host/core_dumps.hpp"
#include "attest/host/surroundings.hpp"
#include "attest/input_parts.hpp"
#include "attest/mutation.hpp"
#include "attest/records.hpp"
#include "attest/run_state.hpp"
#include "attest/signer.hpp"
#include "attest/stage.hpp"
#include "attest/start/prepare.hpp"
#include "evidence/envelope.hpp"
#include "evidence/keys.hpp"
#include "file/io.hpp"
#include "plan/image/image.hpp"
#include "sys/libc.hpp"
#include "text/utc_time.hpp"

namespace immure::attest {
namespace {

using evidence::Evidence;

constexpr std::size_t kRunIdBytes = 16;

// Changes an error that occurred after the payload had run. Such an error comes from the harvest or the disk, so its
// message must not say that the program never started.
Error after_the_run(Error error) {
  if (error.code == Code::kInterrupted) {
    error.what += ", after the program had ended: there is no evidence of this run";
    return error;
  }
  if (error.code != Code::kInternal) error.code = Code::kSystem;
  return error;
}

/// Says which stage of a pipeline a line is about.
std::string of_stage(const Run& run, const std::string& line) {
  const plan::Plan& plan = run.members[run.at].plan;
  if (plan.stages == 0) return line;
  return "stage " + std::to_string(plan.stage) + " (" + plan.program.inner_path + "): " + line;
}

// Refuses a run that the supervisor or the cell stopped, and writes the reason into the evidence. If the operator or
// the time limit caused the error, returns the error instead, because then there is no evidence.
Result<void> refuse(Run& run, const Error& error) {
  if (error.code == Code::kInterrupted) return std::unexpected(error);
  run.outcome.blocked.push_back(of_stage(run, to_text(error)));
  run.members[run.at].evidence.fault = to_text(error);
  return {};
}

Result<void> refuse(Run& run, const Refusal& refusal) {
  if (const auto* unproved = std::get_if<Unproved>(&refusal)) {
    for (const std::string& line : unproved->lines) run.outcome.blocked.push_back(of_stage(run, line));
    return {};
  }
  const Error& error = std::get<Error>(refusal);
  if (run.let_go) return std::unexpected(after_the_run(error));
  return refuse(run, error);
}

Result<std::string> seal(const Run& run, const evidence::Statement& statement) {
  if (run.key) {
    TRY(const evidence::PrivateKey key, run.key->read());
    return evidence::seal_readable(statement, key);
  }
  return evidence::seal_readable(statement, *run.signer_key, [&run](std::string_view message) {
    return sign_by_command(run.request.signer, message, run.deadline.go_on());
  });
}

/// Puts the evidence of all members into the statement.
void close_statement(Run& run) {
  const std::string finished_on = text::utc_now();
  const auto duration_us = static_cast<std::uint64_t>(sys::monotonic_us() - run.started_us);
  for (Member& member : run.members) {
    if (run.wants_evidence()) close_record(member.evidence);
    member.evidence.finished_on = finished_on;
    member.evidence.duration_us = duration_us;
  }
  evidence::Statement& statement = run.outcome.statement;
  std::ranges::sort(statement.subjects, {}, &evidence::Artifact::name);
  if (statement.subjects.empty()) statement.subjects.push_back({"plan", run.last().evidence.plan.sha256});
  if (run.members.size() > 1) statement.predicate.stages.emplace();
  for (std::size_t i = 0; i + 1 < run.members.size(); ++i)
    statement.predicate.stages->push_back(std::move(run.members[i].evidence));
  static_cast<Evidence&>(statement.predicate) = std::move(run.last().evidence);
}

Result<void> write_evidence(Run& run) {
  close_statement(run);
  if (!run.wants_evidence()) return {};
  run.deadline.enter("the evidence was signed");
  CHECK_OK(run.deadline.check());
  TRY(const std::string sealed, seal(run, run.outcome.statement));
  return run.request.replace_evidence ? file::write_whole(*run.request.evidence, sealed, 0644)
                                      : file::create_whole(*run.request.evidence, sealed, 0644);
}

/// Makes sure that the program reads the bytes that immure hashed: by leases, or, if the kernel grants no lease, by a
/// copy that immure hashes while making it.
Result<void> hold_input(Run& run) {
  const RunRequest& request = run.request;
  const std::string& name = request.plan.input_name;
  run.input.digests_wanted = run.wants_evidence();
  if (run.wants_evidence() && !run.input.staged) {
    TRY(run.leases, Leases::take(run.input.directory.get(), name, run.input.entries, run.deadline.go_on()));
    run.outcome.staged_because = run.leases.refusal();
    run.input.staged = !run.outcome.staged_because.empty();
  }
  // Each cell of a pipeline gets a copy, and the limit of memory counts for all cells together.
  if (run.input.staged)
    return check_stage_fits(run.input, name, request.plan.profile.limits.memory_bytes / run.members.size());
  if (!run.wants_evidence()) return {};
  run.hasher.emplace(run.input.directory.get(), name, run.input.entries);
  run.hasher->read_from(run.leases.files());
  return {};
}

/// Evidence of a root directory that may change unseen while the program runs would prove nothing.
Result<void> check_image_stays(const plan::Image& image) {
  if (!image.open_to_others.empty())
    return fail(Code::kBadInput, image.open_to_others,
                "may be written by another user, and evidence of the image would prove nothing",
                "Copy the root directory as yourself, without write permission for others, and name the copy.");
  if (!image.changeable.empty())
    return fail(Code::kBadInput, image.source.name,
                image.changeable + ", and evidence of the image would prove nothing",
                "Copy the root directory to a file system on a disk of this machine, and name the copy.");
  return {};
}

/// Does all checks that may refuse the run before any process is started.
Result<void> begin(Run& run, sys::Fd input, std::vector<OpenPart> parts, std::vector<file::Entry> listed) {
  const RunRequest& request = run.request;
  CHECK_OK(check_proc());
  if (request.plan.explains && run.wants_evidence())
    return fail(Code::kInternal, "run", "a run that is explained is never signed");
  // Read the key now, so that a bad key is an error before anything runs. The key is read again for signing, so that no
  // key is in memory while the payload runs.
  if (run.wants_evidence()) {
    if (!request.key && !request.signer_key)
      return fail(Code::kInternal, "run", "evidence is wanted, but no key was given");
    if (request.key) {
      TRY(run.key, evidence::PrivateKeyFile::open(*request.key));
    } else {
      TRY(run.signer_key, evidence::PublicKey::load(*request.signer_key));
    }
    for (const Member& member : run.members) CHECK_OK(check_image_stays(member.plan.image));
  }
  if (parts.empty()) {
    TRY(run.input, open_input(request.plan, std::move(input), request.stage_input, std::move(listed),
                              run.outcome.left_out, run.deadline.go_on()));
  } else {
    TRY(run.input, open_parts(request.plan, std::move(parts), run.outcome.left_out, run.deadline.go_on()));
  }
  if (const auto& place = request.standard_output) {
    TRY(file::NewFile made, file::NewFile::create_in(place->directory, place->name, place->shown));
    run.standard_output.emplace(std::move(made));
  }
  CHECK_OK(check_aliases(request, run.key, run.standard_input, run.input.entries));
  CHECK_OK(check_readable(run.input, request.plan.input_name, run.deadline.go_on()));
  for (Member& member : run.members) {
    TRY(member.neighbours, look_at_neighbours(member.plan, run.input, request.output, run.deadline.go_on()));
    mutate_neighbours(member.neighbours);
  }
  return hold_input(run);
}

/// Writes the part of a member's evidence that does not depend on the result of the run. This needs nothing from the
/// cell, which builds its walls at the same time.
Result<void> describe(Run& run, Member& member, const std::string& run_id) {
  const RunRequest& request = run.request;
  const plan::Plan& plan = member.plan;
  Evidence& evidence = member.evidence;
  TRY(evidence, opening(plan, run.wants_evidence()));
  evidence.input.staged = run.input.staged;
  if (run.wants_evidence()) {
    const std::string& why = run.outcome.staged_because;
    const std::string_view otherwise = run.input.parts.empty() ? "by request" : "an input of files and directories";
    evidence.input.held = run.input.staged ? "staged: " + (why.empty() ? std::string(otherwise) : why) : "leases";
  }
  if (!run.input.staged) evidence.input.mounts = mounts_below(run.input);
  evidence.input.left_out = run.outcome.left_out;
  if (!run.input.parts.empty()) evidence.input.parts = describe_parts(run.input, {});
  if (!plan.standard_input.empty()) evidence.input.standard_input.emplace().name = plan.standard_input;
  evidence.neighbours = std::move(member.neighbours.seen);
  evidence.run_id = run_id;
  evidence.nonce = request.nonce;
  evidence.audience = request.audience;
  count_input(evidence, run.input);
  member.image_state = plan::image_state(plan.image, run.deadline.go_on());
  if (!member.image_state && member.image_state.error().code == Code::kInterrupted)
    return std::unexpected(member.image_state.error());
  evidence.image_state = {.stat_before = member.image_state.value_or(std::string()), .stat_after = {}};
  return {};
}

Result<void> describe_all(Run& run) {
  TRY(const std::string run_id, random_hex(kRunIdBytes));
  for (Member& member : run.members) CHECK_OK(describe(run, member, run_id));
  // The stages began together. opening() looks at the clock for each of them.
  for (Member& member : run.members) member.evidence.started_on = run.members.front().evidence.started_on;
  return {};
}

/// What the evidence says of the cell and of its venue.
void describe_cell(Run& run, Member& member) {
  Evidence& evidence = member.evidence;
  Started& started = *member.started;
  evidence.host.venue = started.venue;
  evidence.host.venue_version = started.version;
  run.outcome.venue = started.venue + " (" + started.version + ")";
  if (!started.passed_over.empty()) {
    evidence.host.passed_over = started.passed_over;
    run.outcome.passed_over = std::move(started.passed_over);
  }
  evidence.outer = started.cell.outer;
  evidence.host.landlock_abi = started.cell.landlock_abi;
  evidence.limits = enforcements(member.plan.profile.limits, started.cell.group(), member.plan.profile.scratch_bytes);
}

/// Starts the cell of a member. All cells of a pipeline are in the venue and in the control group of the first one.
Result<void> start_member(Run& run, std::size_t index) {
  run.at = index;
  Member& member = run.members[index];
  mutate_stage(member.plan.stage);
  run.deadline.enter_start();
  if (run.deadline.pulse() != nullptr) run.deadline.pulse()->has_cell = true;
  Choice choice = run.request.venue;
  std::shared_ptr<Cgroup> group;
  if (index > 0) {
    const Started& first = *run.members.front().started;
    choice.venue = first.venue;
    group = first.cell.cgroup;
  }
  TRY(Started started, start_cell(choice, member.plan, run.input, run.deadline, std::move(group)));
  // The process of the next cell gets a copy of this process's memory, and must not get the record page of this cell.
  if (member.plan.feeds_next()) started.cell.keep_from_later_cells();
  member.started.emplace(std::move(started));
  return {};
}

Passage to_its_gate(Run& run, Member& member) {
  run.deadline.enter_start();
  CHECK_OK(await_walls(member.cell(), run.deadline));
  describe_cell(run, member);
  return to_the_gate(run, member);
}

/// Takes the run from the building of the first cell's walls to the end of its programs. The cells of a pipeline are
/// built one after the other, because their probes would together be more processes than the limit allows.
Passage run_in_cells(Run& run, Result<void> started) {
  for (std::size_t i = 0; i < run.members.size(); ++i) {
    if (i > 0) started = start_member(run, i);
    if (i + 1 == run.members.size())
      for (Member& member : run.members) member.neighbours.held.clear();
    if (!started) return std::unexpected(started.error());
    CHECK_OK(to_its_gate(run, run.members[i]));
  }
  return through_the_gate(run);
}

}  // namespace

Result<RunOutcome> run(RunRequest request) {
  // Set this before any process is started, because every process inherits the setting.
  keep_memory_out_of_core_dumps();
  Deadline& deadline = request.deadline;
  Run run{.request = request,
          .deadline = deadline,
          .members = {},
          .outcome = {},
          .mounts = request.watched ? std::move(*request.watched) : MountWatch(),
          .input = {},
          .standard_output = {},
          .standard_input = std::move(request.standard_input),
          .key = {},
          .leases = {},
          .hasher = {}};
  run.members.reserve(request.earlier.size() + 1);
  for (const plan::Plan& plan : request.earlier) run.members.push_back({.plan = plan});
  run.members.push_back({.plan = request.plan});
  deadline.enter("the input was listed");
  CHECK_OK(begin(run, std::move(request.input), std::move(request.input_parts), std::move(request.listed)));
  auto started = start_member(run, 0);
  deadline.enter("the image was listed");
  CHECK_OK(describe_all(run));
  const auto passed = run_in_cells(run, std::move(started));
  // End the cells before the evidence is signed, because the evidence is about cells that have ended.
  for (Member& member : run.members) {
    member.stop.reset();
    if (member.started) member.cell().end();
  }
  if (!passed) CHECK_OK(refuse(run, passed.error()));
  const bool ran = run.last().evidence.payload.has_value();
  if (!ran) run.outcome.end = End::kBlocked;
  if (auto written = write_evidence(run); !written)
    return std::unexpected(ran ? after_the_run(written.error()) : written.error());
  return std::move(run.outcome);
}

}  // namespace immure::attest
