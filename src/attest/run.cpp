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

// Refuses a run that the supervisor or the cell stopped, and writes the reason into the evidence. If the operator or
// the time limit caused the error, returns the error instead, because then there is no evidence.
Result<void> refuse(Run& run, const Error& error) {
  if (error.code == Code::kInterrupted) return std::unexpected(error);
  run.outcome.blocked.push_back(to_text(error));
  run.evidence.fault = to_text(error);
  return {};
}

Result<void> refuse(Run& run, const Refusal& refusal) {
  if (const auto* unproved = std::get_if<Unproved>(&refusal)) {
    run.outcome.blocked = unproved->lines;
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

Result<void> write_evidence(Run& run) {
  Evidence& evidence = run.evidence;
  if (run.wants_evidence()) close_record(evidence);
  evidence.finished_on = text::utc_now();
  evidence.duration_us = static_cast<std::uint64_t>(sys::monotonic_us() - run.started_us);
  evidence::Statement& statement = run.outcome.statement;
  std::ranges::sort(statement.subjects, {}, &evidence::Artifact::name);
  if (statement.subjects.empty()) statement.subjects.push_back({"plan", evidence.plan.sha256});
  statement.predicate = std::move(evidence);
  if (!run.wants_evidence()) return {};
  run.deadline.enter("the evidence was signed");
  CHECK_OK(run.deadline.check());
  TRY(const std::string sealed, seal(run, statement));
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
  if (run.input.staged) return check_stage_fits(run.input, name, request.plan.profile.limits.memory_bytes);
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
    CHECK_OK(check_image_stays(request.plan.image));
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
  TRY(run.neighbours, look_at_neighbours(request.plan, run.input, request.output, run.deadline.go_on()));
  mutate_neighbours(run.neighbours);
  return hold_input(run);
}

/// Writes the part of the evidence that does not depend on the result of the run. This needs nothing from the cell,
/// which builds its walls at the same time.
Result<void> describe(Run& run) {
  const RunRequest& request = run.request;
  TRY(run.evidence, opening(request.plan, run.wants_evidence()));
  run.evidence.input.staged = run.input.staged;
  if (run.wants_evidence()) {
    const std::string& why = run.outcome.staged_because;
    const std::string_view otherwise = run.input.parts.empty() ? "by request" : "an input of files and directories";
    run.evidence.input.held = run.input.staged ? "staged: " + (why.empty() ? std::string(otherwise) : why) : "leases";
  }
  if (!run.input.staged) run.evidence.input.mounts = mounts_below(run.input);
  run.evidence.input.left_out = run.outcome.left_out;
  if (!run.input.parts.empty()) run.evidence.input.parts = describe_parts(run.input, {});
  if (const std::string& name = request.plan.standard_input; !name.empty())
    run.evidence.input.standard_input.emplace().name = name;
  run.evidence.neighbours = std::move(run.neighbours.seen);
  TRY(run.evidence.run_id, random_hex(kRunIdBytes));
  run.evidence.nonce = request.nonce;
  run.evidence.audience = request.audience;
  count_input(run.evidence, run.input);
  run.image_state = plan::image_state(request.plan.image, run.deadline.go_on());
  if (!run.image_state && run.image_state.error().code == Code::kInterrupted)
    return std::unexpected(run.image_state.error());
  run.evidence.image_state = {.stat_before = run.image_state.value_or(std::string()), .stat_after = {}};
  return {};
}

/// What the evidence says of the cell and of its venue.
void describe_cell(Run& run, Started& started) {
  run.evidence.host.venue = started.venue;
  run.evidence.host.venue_version = started.version;
  run.outcome.venue = started.venue + " (" + started.version + ")";
  run.outcome.passed_over = std::move(started.passed_over);
  run.evidence.outer = started.cell.outer;
  if (!run.outcome.passed_over.empty()) run.evidence.host.passed_over = run.outcome.passed_over;
  run.evidence.host.landlock_abi = started.cell.landlock_abi;
  run.evidence.limits =
      enforcements(run.request.plan.profile.limits, started.cell.group(), run.request.plan.profile.scratch_bytes);
}

/// Takes the run from the building of the cell's walls to the end of its payload.
Passage run_in_cell(Run& run, Result<Started>& started) {
  run.deadline.enter_start();
  if (!started) return std::unexpected(started.error());
  CHECK_OK(await_walls(started->cell, run.deadline));
  describe_cell(run, *started);
  return through_the_gate(run, started->cell);
}

}  // namespace

Result<RunOutcome> run(RunRequest request) {
  // Set this before any process is started, because every process inherits the setting.
  keep_memory_out_of_core_dumps();
  Deadline& deadline = request.deadline;
  Run run{.request = request,
          .deadline = deadline,
          .evidence = {},
          .outcome = {},
          .mounts = request.watched ? std::move(*request.watched) : MountWatch(),
          .input = {},
          .standard_output = {},
          .standard_input = std::move(request.standard_input),
          .key = {},
          .leases = {},
          .neighbours = {},
          .hasher = {}};
  deadline.enter("the input was listed");
  CHECK_OK(begin(run, std::move(request.input), std::move(request.input_parts), std::move(request.listed)));
  deadline.enter_start();
  if (deadline.pulse() != nullptr) deadline.pulse()->has_cell = true;
  auto started = start_cell(request.venue, request.plan, run.input, deadline);
  run.neighbours.held.clear();
  deadline.enter("the image was listed");
  CHECK_OK(describe(run));
  const auto passed = run_in_cell(run, started);
  // End the cell before the evidence is signed, because the evidence is about a cell that has ended.
  if (started) started->cell.end();
  if (!passed) CHECK_OK(refuse(run, passed.error()));
  const bool ran = run.evidence.payload.has_value();
  if (!ran) run.outcome.end = End::kBlocked;
  if (auto written = write_evidence(run); !written)
    return std::unexpected(ran ? after_the_run(written.error()) : written.error());
  return std::move(run.outcome);
}

}  // namespace immure::attest
