#include "cli/run/launch.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <ctime>
#include <set>

#include <unistd.h>

#include "attest/feed.hpp"
#include "attest/publish.hpp"
#include "cli/explain/explained_run.hpp"
#include "cli/export/shell.hpp"
#include "cli/print.hpp"
#include "cli/run/audit.hpp"
#include "cli/run/directories.hpp"
#include "cli/run/hints.hpp"
#include "cli/run/inputs.hpp"
#include "cli/run/json_sink.hpp"
#include "cli/run/lead.hpp"
#include "cli/run/outcome.hpp"
#include "cli/run/own_memory.hpp"
#include "cli/run/papers.hpp"
#include "cli/run/pipeline.hpp"
#include "cli/run/plans.hpp"
#include "cli/run/progress.hpp"
#include "plan/profile.hpp"
#include "text/json_writer.hpp"
#include "text/list.hpp"
#include "verify/challenge.hpp"
#include "verify/freshness.hpp"

namespace immure::cli {
namespace {

/// Error kUsage if a program in a root directory or a container image is named by a relative path.
Result<void> check_path_in_root(const Launch& wanted, const std::string& program) {
  const bool is_relative = program.find('/') != std::string::npos && !program.starts_with('/');
  if (!is_relative || !(wanted.rootfs || wanted.image)) return {};
  return fail(Code::kUsage, program, "is not an absolute path, which --rootfs and --image need",
              "Name the program's path inside the image, for example /usr/bin/sort.");
}

Result<void> check_contradictions(const Launch& wanted) {
  if (wanted.no_evidence && (wanted.key || wanted.evidence)) {
    return fail(Code::kUsage, "--no-evidence", "contradicts --key and --evidence", "Leave one of them out.");
  }
  if (wanted.evidence && !wanted.key) {
    return fail(Code::kUsage, "--evidence", "needs --key", "`immure keygen host.key` makes one.");
  }
  if (wanted.signer && !wanted.key) {
    return fail(Code::kUsage, "--signer", "needs --key",
                "Name the file of the public key that belongs to the signer's private key.");
  }
  if (wanted.challenge && (wanted.nonce || wanted.audience)) {
    return fail(Code::kUsage, "--challenge", "cannot be combined with --nonce and --audience",
                "The challenge contains both.");
  }
  if ((wanted.challenge || wanted.nonce || wanted.audience) && !wanted.key) {
    const std::string_view option = wanted.challenge ? "--challenge" : wanted.nonce ? "--nonce" : "--audience";
    return fail(Code::kUsage, option, "has no effect, because no evidence will be written",
                "Add --key FILE; `immure keygen host.key` makes one.");
  }
  if (wanted.nonce && !verify::is_nonce(*wanted.nonce)) {
    return fail(Code::kUsage, "--nonce",
                "is not 32 bytes in base64url without padding (43 characters): " + *wanted.nonce,
                "`immure challenge` makes one, in a file for --challenge.");
  }
  if (wanted.fail_on_refused && wanted.no_observer)
    return fail(Code::kUsage, "--fail-on-refused", "contradicts --no-observer: nobody would see a refused call",
                "Leave one of them out.");
  if (wanted.rootfs && wanted.image)
    return fail(Code::kUsage, "--image", "contradicts --rootfs", "Leave one of them out.");
  std::set<std::string> names;
  for (const std::string& path : wanted.published) {
    if (attest::among_temporary_files(path).empty())
      return fail(Code::kUsage, "--publish " + path, "is not the path of a temporary file",
                  "Write a path below /tmp, without `.` and `..`, such as /tmp/report.txt.");
    const std::string name = path.substr(path.rfind('/') + 1);
    if (!names.insert(name).second)
      return fail(Code::kUsage, "--publish " + path, "would be the second output of the name " + name,
                  "Publish each name once.");
  }
  CHECK_OK(check_path_in_root(wanted, wanted.program));
  for (const ProgramCall& stage : wanted.pipeline) CHECK_OK(check_path_in_root(wanted, stage.program));
  return {};
}

/// Reads the challenge. Refuses an expired challenge before the work begins, because no verifier would accept the
/// answer.
Result<void> take_challenge(Launch& wanted) {
  if (!wanted.challenge) return {};
  TRY(const verify::Challenge challenge, verify::read_challenge(*wanted.challenge));
  if (verify::is_expired(challenge, ::time(nullptr)))
    return fail(Code::kBadInput, *wanted.challenge, "expired on " + challenge.expires_on, "Ask for another one.");
  wanted.nonce = challenge.nonce;
  wanted.audience = challenge.audience;
  return {};
}

void tell_venue(const attest::Choice& wanted, const attest::RunOutcome& outcome) {
  if (wanted.venue == "auto") tell("venues, the first that can be built: " + attest::automatic_order());
  for (const std::string& venue : outcome.passed_over) tell("passed over: " + venue);
  if (!outcome.venue.empty()) tell("venue: " + outcome.venue);
}

/// Everything that is prepared before the cell starts. If the preparation fails, nothing was started.
struct Prepared {
  std::vector<plan::Plan> plans;  ///< one, or one for each stage of a pipeline
  OutputDirectory output;
  Papers papers;
  HeldInput input;
  sys::Fd standard_input;
  std::vector<bool> is_shim;   ///< for each plan
  bool told_of_input = false;  ///< unread_input_hint() returned a line
};

Result<HeldInput> input_of(const Launch& wanted) {
  if (wanted.looked_at) return hold_input(wanted.looked_at->first, wanted.looked_at->second, wanted.input_holder);
  if (!wanted.inputs.empty()) return hold_inputs(wanted.inputs);
  HeldInput input;
  if (wanted.opened) {
    input.whole = std::move(*wanted.opened);
    return input;
  }
  TRY(input.whole, input_directory(wanted.input, wanted.input_holder));
  return input;
}

Result<Prepared> prepare(const Launch& wanted, attest::Deadline& deadline, JsonSink& sink) {
  TRY(HeldInput opened, input_of(wanted));
  TRY(OutputDirectory output, OutputDirectory::look_at(wanted.output, wanted.holder));
  CHECK_OK(check_apart(opened, output));
  TRY(Papers papers, papers_of(wanted, opened, output));
  if (auto apart = check_result_apart(sink, papers, opened, output); !apart) {
    sink.refuse_place();
    return std::unexpected(std::move(apart.error()));
  }
  sink.accept_place();
  if (wanted.auditor) CHECK_OK(wanted.auditor->open(sink.place(), papers, opened, output));
  sys::Fd standard_input;
  if (papers.standard_input) {
    TRY(standard_input, open_input_file(*papers.standard_input));
  } else if (wanted.standard_input) {
    TRY(standard_input, attest::open_standard_input());
  }
  std::vector<bool> is_shim;
  TRY(std::vector<plan::Plan> plans, make_plans(wanted, opened, output, papers, deadline, is_shim));
  if (!wanted.published.empty() && plans.back().profile.scratch_bytes == 0)
    return fail(Code::kUsage, "--publish", "needs --tmp SIZE: the program has no temporary files");
  bool told_of_input = false;
  if (wanted.hints && wanted.shared_plans == nullptr && !wanted.standard_input) {
    const auto hint = unread_input_hint();
    if (hint) tell(*hint);
    told_of_input = hint.has_value();
  }
  if (!wanted.dry_run) CHECK_OK(output.create());
  if (deadline.pulse() != nullptr) output.tell_what_was_made(*deadline.pulse());
  return Prepared{std::move(plans),          std::move(output),  std::move(papers), std::move(opened),
                  std::move(standard_input), std::move(is_shim), told_of_input};
}

/// The command that explains a run that failed. Nothing for a run that did not fail, or whose result a program reads.
std::optional<std::string> explain_hint(const Launch& wanted, const attest::RunOutcome& outcome) {
  // With these signals a program ends by itself, for example because of an exception that nobody caught.
  constexpr auto kOwnEnds = std::to_array({SIGSYS, SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE});
  const bool failed = (outcome.end == attest::End::kExited && outcome.exit_code != 0) ||
                      (outcome.end == attest::End::kSignaled && outcome.limits_hit.empty() &&
                       std::ranges::find(kOwnEnds, outcome.signal) != kOwnEnds.end());
  if (!failed || wanted.command.empty() || wanted.json) return std::nullopt;
  if (!wanted.pipeline.empty())
    return "hint: to see what the cell of a stage refused, explain this stage by itself: immure explain --in DIR "
           "--stdin FILE -- PROGRAM";
  return "hint: to see what the cell refused: immure explain " + shell_line(wanted.command);
}

/// What the hints about each program are made from.
std::vector<HintFacts> facts_of(const Launch& wanted, const Prepared& prepared) {
  std::vector<HintFacts> all;
  const bool whole = prepared.input.parts.empty();
  for (std::size_t i = 0; i < prepared.plans.size(); ++i) {
    const plan::Plan& plan = prepared.plans[i];
    all.push_back({.program = plan.program.inner_path,
                   .is_shim = prepared.is_shim[i],
                   // Take the operands from the plan, which has the path inside the image of a script that was packed.
                   .operands = {plan.program.argv.begin() + 1, plan.program.argv.end()},
                   .image = plan.image.directory,
                   .input_name = whole ? wanted.input : std::string(),
                   .input_path = whole ? plan.input_path : std::string(),
                   .workdir = plan.workdir,
                   .has_helpers = !plan.profile.unsafe_exec.empty()});
  }
  return all;
}

/// The program whose end the exit code of the run tells: the last one that failed, or else the last one.
std::size_t decisive(const attest::RunOutcome& outcome, std::size_t programs) {
  for (std::size_t i = outcome.stages.size(); i-- > 0;)
    if (outcome.stages[i].end != attest::End::kExited || outcome.stages[i].exit_code != 0) return i;
  return programs - 1;
}

Result<ExitCode> start(Launch& wanted, Prepared& prepared, const JsonSink& sink) {
  const std::optional<std::string> evidence = evidence_path(wanted);
  if (!evidence && !wanted.no_evidence && !wanted.explains) {
    tell("note: nothing will be signed, because there is no --key. If you want no evidence, give --no-evidence.");
  }
  ProgressLine line;
  std::function<void(const std::optional<file::Progress>&)> progress;
  if (wanted.progress) progress = [&line](const std::optional<file::Progress>& numbers) { line.show(numbers); };
  TRY(sys::Fd output, prepared.output.descriptor());
  std::vector<HintFacts> facts = facts_of(wanted, prepared);
  const plan::Profile profile = prepared.plans.back().profile;
  const ExplainedPlan explained_plan{.profile = profile,
                                     .program = prepared.plans.back().program,
                                     .input_path = facts.back().input_path,
                                     .workdir = facts.back().workdir};
  plan::Plan last = std::move(prepared.plans.back());
  prepared.plans.pop_back();
  TRY(const attest::RunOutcome outcome, attest::run({.deadline = *wanted.deadline,
                                                     .plan = std::move(last),
                                                     .input = std::move(prepared.input.whole.directory),
                                                     .input_parts = std::move(prepared.input.parts),
                                                     .output = std::move(output),
                                                     .standard_input = std::move(prepared.standard_input),
                                                     .standard_output = std::move(prepared.papers.standard_output),
                                                     .replace_standard_output = wanted.replace,
                                                     .published = wanted.published,
                                                     .keep_times = wanted.keep_times,
                                                     .key = std::move(prepared.papers.key),
                                                     .signer_key = std::move(prepared.papers.signer_key),
                                                     .signer = wanted.signer.value_or(""),
                                                     .evidence = std::move(prepared.papers.evidence),
                                                     .replace_evidence = wanted.replace,
                                                     .nonce = wanted.nonce,
                                                     .audience = wanted.audience,
                                                     .venue = wanted.venue,
                                                     .stage_input = wanted.stage,
                                                     .earlier = std::move(prepared.plans),
                                                     .listed = std::move(wanted.listed),
                                                     .watched = wanted.watched,
                                                     .progress = progress}));
  // Make the hints while the time limit still counts, because making hints looks up names on file systems that may not
  // answer.
  std::vector<std::string> hints;
  HintFacts& of_end = facts[decisive(outcome, facts.size())];
  of_end.refused_in_workdir = outcome.refused_in_workdir && !wanted.explains;
  if (wanted.hints && outcome.end == attest::End::kExited) hints = end_hints(of_end, outcome.exit_code);
  // Look for unread input again, because the writer of a pipe may have begun to write after the run began.
  if (wanted.hints && !wanted.looked_at && !wanted.standard_input && !prepared.told_of_input) {
    if (auto hint = unread_input_hint()) hints.push_back(*std::move(hint));
  }
  if (wanted.auditor) wanted.auditor->note(outcome, exit_code_of(outcome, wanted.fail_on_refused), evidence);
  if (wanted.explains) {
    TRY(const ExitCode code, explained(wanted, explained_plan, outcome, sink));
    for (const std::string& hint : hints) tell(hint);
    wanted.deadline->finish();
    return code;
  }
  wanted.deadline->finish();
  if (wanted.on_outcome) wanted.on_outcome(outcome);
  if (wanted.verbose) tell_venue(wanted.venue, outcome);
  if (outcome.end != attest::End::kBlocked) prepared.output.keep();
  tell_outcome(outcome, profile,
               {.input = wanted.input,
                .output = wanted.output,
                .profile = wanted.profile,
                .evidence = wanted.verbose ? evidence : std::nullopt,
                .tells_exit_code = wanted.hints});
  for (const std::string& hint : hints) tell(hint);
  if (const auto hint = explain_hint(wanted, outcome)) tell(*hint);
  if (wanted.fail_on_refused && exit_code_of(outcome) == kSuccess && exit_code_of(outcome, true) != kSuccess)
    tell("exit code 5, because of --fail-on-refused: calls of the program could not succeed");
  if (sink) CHECK_OK(sink.give(outcome_json(outcome, evidence, wanted.fail_on_refused)));
  return exit_code_of(outcome, wanted.fail_on_refused);
}

/// True for errors that can also happen after the program has ended: a full disk or a fault of immure during the
/// harvest or the signing, or an interruption. BLOCKED would say that the program never started, so immure does not say
/// BLOCKED for these errors.
bool may_have_started(const Error& error) {
  return error.code == Code::kSystem || error.code == Code::kInternal || error.code == Code::kInterrupted;
}

Result<std::unique_ptr<attest::Deadline>> start_clock(const Launch& wanted) {
  return attest::Deadline::begin(wanted.wall_ms.value_or(plan::Limits{}.wall_ms), wanted.pulse.get());
}

/// launch(), without the audit.
Result<ExitCode> launch_unaudited(Launch& wanted) {
  CHECK_OK(check_contradictions(wanted));
  CHECK_OK(check_pipeline(wanted));
  JsonSink sink = wanted.json ? JsonSink::standard_output() : JsonSink();
  // Look at a descriptor before immure opens files, which could get its number.
  if (wanted.result && JsonSink::names_descriptor(*wanted.result)) {
    TRY(sink, JsonSink::to(*wanted.result, false));
  }
  if (!wanted.deadline) {
    const auto led = begin(wanted);
    if (!led && led.error().code == Code::kBlocked) return blocked(led.error(), sink);
    if (!led) return std::unexpected(led.error());
    if (*led) return **led;
  }
  const auto stop = [&](const Error& error) {
    if (wanted.auditor) wanted.auditor->note(error);
    return blocked(error, sink);
  };
  if (wanted.result && !JsonSink::names_descriptor(*wanted.result)) {
    auto opened = JsonSink::to(*wanted.result, wanted.replace);
    if (!opened && opened.error().code == Code::kUsage) return std::unexpected(opened.error());
    if (!opened) return stop(opened.error());
    sink = *std::move(opened);
  }
  if (const auto taken = take_challenge(wanted); !taken) return stop(taken.error());
  auto prepared = prepare(wanted, *wanted.deadline, sink);
  if (!prepared) {
    const Code code = prepared.error().code;
    if (code == Code::kUsage || code == Code::kInterrupted) return std::unexpected(prepared.error());
    // If the run failed before immure could compare the files, a file that is not there yet can be no other file.
    if (sink.place() && !file::status_of(*sink.place())) sink.accept_place();
    return stop(prepared.error());
  }
  if (wanted.dry_run) {
    wanted.deadline->finish();
    CHECK_OK(show_plans(prepared->plans, sink));
    return kSuccess;
  }
  const auto ended = start(wanted, *prepared, sink);
  if (ended || may_have_started(ended.error())) return ended;
  return stop(ended.error());
}

}  // namespace

attest::Choice venue_of(const Arguments& arguments) {
  return {.venue = arguments.value("venue").value_or(std::string(attest::venue::kAuto)),
          .runtime = arguments.value("runtime").value_or("")};
}

Result<std::optional<ExitCode>> begin(Launch& wanted) {
  limit_patience();
  // Descriptors that the caller left open are for immure, and not for the programs of a venue or for a signer.
  static_cast<void>(::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC));
  CHECK_OK(check_own_memory());
  if (wanted.audit) {
    TRY(wanted.auditor, Audit::begin(*wanted.audit));
  }
  const auto led = lead_past_stalls(wanted.pulse);
  const bool is_parent = !led || *led;
  if (is_parent && wanted.auditor) wanted.auditor->finish_for_child(wanted, led ? **led : exit_code(led.error()));
  if (is_parent) return led;
  TRY(wanted.deadline, start_clock(wanted));
  if (wanted.auditor) CHECK_OK(wanted.auditor->find());
  return std::nullopt;
}

Result<ExitCode> audited(const Launch& wanted, const Error& error, Result<ExitCode> ended) {
  if (!wanted.auditor) return ended;
  wanted.auditor->note(error);
  return wanted.auditor->finish(wanted, std::move(ended));
}

Result<ExitCode> blocked(const Error& error, bool json) {
  return blocked(error, json ? JsonSink::standard_output() : JsonSink());
}

Result<ExitCode> blocked(const Error& error, const JsonSink& sink) {
  tell_blocked(to_text(error));
  if (sink) CHECK_OK(sink.give(error_json(error)));
  return kBlocked;
}

Result<ExitCode> launch(Launch wanted) {
  auto ended = launch_unaudited(wanted);
  if (!wanted.auditor) return ended;
  // Nothing was to be run.
  const bool is_usage = !ended && ended.error().code == Code::kUsage;
  if (wanted.dry_run || is_usage) wanted.auditor->skip();
  return wanted.auditor->finish(wanted, std::move(ended));
}

Result<attest::RunOutcome> trial(const Launch& wanted) {
  TRY(const std::unique_ptr<attest::Deadline> deadline, start_clock(wanted));
  JsonSink none;
  TRY(Prepared prepared, prepare(wanted, *deadline, none));
  TRY(sys::Fd output, prepared.output.descriptor());
  return attest::run({.deadline = *deadline,
                      .plan = std::move(prepared.plans.back()),
                      .input = std::move(prepared.input.whole.directory),
                      .output = std::move(output),
                      .venue = wanted.venue});
}

}  // namespace immure::cli
