#include "cli/run/launch.hpp"

#include <algorithm>
#include <cstring>
#include <ctime>

#include "attest/feed.hpp"
#include "cli/print.hpp"
#include "cli/run/directories.hpp"
#include "cli/run/gifts.hpp"
#include "cli/run/hints.hpp"
#include "cli/run/image_notes.hpp"
#include "cli/run/inputs.hpp"
#include "cli/run/json_sink.hpp"
#include "cli/run/lead.hpp"
#include "cli/run/outcome.hpp"
#include "cli/run/own_memory.hpp"
#include "cli/run/progress.hpp"
#include "cli/run/workdir.hpp"
#include "plan/filter/filter.hpp"
#include "plan/image/container_image.hpp"
#include "plan/image/image.hpp"
#include "plan/image/locale.hpp"
#include "plan/image/rootfs.hpp"
#include "plan/package/package_set.hpp"
#include "plan/profile.hpp"
#include "sys/machine.hpp"
#include "text/credential.hpp"
#include "text/json_writer.hpp"
#include "text/list.hpp"
#include "verify/challenge.hpp"
#include "verify/freshness.hpp"

namespace immure::cli {
namespace {

/// Reads the profile file that the operator names. Returns nothing if the operator names a built-in profile or none.
Result<std::optional<plan::Profile>> profile_file(const Launch& wanted) {
  // A file has a slash or a dot in its name; built-in profiles have neither.
  if (!wanted.profile || wanted.profile->find_first_of("/.") == std::string::npos) return std::nullopt;
  TRY(plan::Profile profile, plan::read_profile(*wanted.profile));
  return profile;
}

Result<plan::Closure> closure_for(const Launch& wanted, const std::optional<plan::Rootfs>& rootfs,
                                  const std::optional<plan::Profile>& from_file, const sys::Fd* input,
                                  const file::GoOn& go_on) {
  if (rootfs) return plan::closure_in_rootfs(*rootfs, wanted.program, wanted.arguments);
  TRY(const std::string program, find_program(wanted.program));
  // Only a profile that the operator names can add files to the image.
  std::vector<std::string> include = from_file ? from_file->image_include : std::vector<std::string>();
  include.insert(include.end(), wanted.include.begin(), wanted.include.end());
  TRY(plan::Closure closure, plan::closure_of(program, wanted.arguments, include, go_on, input, wanted.choice));
  for (const std::string& note : closure.notes) tell("note: " + note);
  // Keep the files sorted by their paths inside, as a closure has them.
  const auto add = [](std::vector<plan::Packed>& to, const std::vector<plan::Packed>& data) {
    to.insert(to.end(), data.begin(), data.end());
    std::ranges::sort(to, {}, &plan::Packed::inner);
  };
  add(closure.files, wanted.data_files);
  add(closure.trees, wanted.data_trees);
  return closure;
}

/// Checks test 32 (no secret in the environment) before anything is built. No message shows the value.
Result<void> check_environment(const std::map<std::string, std::string>& environment) {
  constexpr std::string_view kHint = "Leave it out: whatever a program is given, it can write into its outputs.";
  for (const auto& [name, value] : environment) {
    const std::string where = "test #32 (environment): variable " + name;
    if (text::named_like_credential(name))
      return fail(Code::kBlocked, where, "is named like a secret", std::string(kHint) + " If it is none, rename it.");
    if (const std::string_view kind = text::credential_in(value); !kind.empty())
      return fail(Code::kBlocked, where, "has a value shaped like a secret (" + std::string(kind) + ")", kHint);
  }
  return {};
}

/// Variables of the command line count before those of the profile, and those of the profile before the usual ones.
std::map<std::string, std::string> environment_of(const Launch& wanted, const plan::Profile& profile) {
  std::map<std::string, std::string> environment = wanted.environment;
  environment.insert(profile.environment.begin(), profile.environment.end());
  if (!wanted.callers_zone.empty()) environment.emplace("TZ", wanted.callers_zone);
  return environment;
}

/// The path of the evidence, or nothing if no evidence is wanted.
std::optional<std::string> evidence_path(const Launch& wanted) {
  if (wanted.no_evidence || !wanted.key) return std::nullopt;
  if (wanted.evidence) return wanted.evidence;
  return without_trailing_slashes(wanted.output) + ".evidence.json";
}

Result<plan::Plan> plan_for(const Launch& wanted, const HeldInput& opened, const std::string& output,
                            attest::Deadline& deadline) {
  deadline.enter(wanted.rootfs  ? "the root directory was hashed"
                 : wanted.image ? "the container image was unpacked"
                                : "the program was packed");
  const file::GoOn go_on = deadline.go_on();
  const attest::Packing packing(deadline.pulse());
  std::optional<plan::Rootfs> rootfs;
  if (wanted.rootfs) {
    TRY(rootfs, plan::open_rootfs(*wanted.rootfs, evidence_path(wanted).has_value(), go_on));
  } else if (wanted.image) {
    TRY(rootfs, plan::open_container_image(*wanted.image, go_on));
    tell_ignored(*rootfs);
  }
  TRY(std::optional<plan::Profile> from_file, profile_file(wanted));
  TRY(plan::Closure closure, closure_for(wanted, rootfs, from_file, source_directory(opened, wanted.arguments), go_on));
  TRY(plan::Profile profile,
      from_file ? *std::move(from_file) : plan::builtin_profile(wanted.profile.value_or(closure.profile)));
  profile.why = wanted.profile ? "you asked for it" : closure.profile_why;
  if (wanted.wall_ms) profile.limits.wall_ms = *wanted.wall_ms;
  CHECK_OK(give(profile, wanted));
  deadline.set_limit(profile.limits.wall_ms);
  const std::uint64_t processors = sys::processors();
  closure.fixed = probe::fixed_files({.processors = processors,
                                      .memory_bytes = profile.limits.memory_bytes,
                                      .scratch = profile.scratch_bytes != 0,
                                      .program = closure.program.inner_path});
  std::map<std::string, std::string> environment = environment_of(wanted, profile);
  if (profile.scratch_bytes != 0) name_scratch(environment, !rootfs && has_scratch_link(closure));
  environment.merge(plan::usual_environment());
  CHECK_OK(check_environment(environment));
  const auto zone = environment.find("TZ");
  CHECK_OK(plan::add_time_zone(closure, zone == environment.end() ? "UTC" : zone->second));
  TRY(plan::Image image, rootfs ? plan::rootfs_image(*rootfs, closure, go_on) : plan::cached_image(closure, go_on));
  closure.program.sha256 = image.program_sha256;
  TRY(plan::FilterProgram filter, plan::filter_for(profile));
  const bool deny_writable_code = !profile.unsafe_writable_code;
  return plan::Plan{
      .profile = std::move(profile),
      .image = std::move(image),
      .program = std::move(closure.program),
      .environment = std::move(environment),
      .input_path = opened.parts.empty() ? opened.whole.path : opened.parts.front().path,
      .output_path = output,
      .input_name = wanted.input,
      .output_name = wanted.output,
      .input_parts = planned_parts(opened),
      .workdir = wanted.workdir,
      .standard_output = wanted.standard_output.value_or(std::string()),
      .standard_input = wanted.standard_input.value_or(std::string()),
      .filter = std::move(filter),
      .observer = !wanted.no_observer,
      .deny_writable_code = deny_writable_code,
      .processors = processors,
      .capture_output = wanted.capture,
  };
}

Result<void> check_contradictions(const Launch& wanted) {
  if (wanted.no_evidence && (wanted.key || wanted.evidence)) {
    return fail(Code::kUsage, "--no-evidence", "contradicts --key and --evidence", "Leave one of them out.");
  }
  if (wanted.evidence && !wanted.key) {
    return fail(Code::kUsage, "--evidence", "needs --key", "`immure keygen host.key` makes one.");
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
  if (wanted.rootfs && wanted.image)
    return fail(Code::kUsage, "--image", "contradicts --rootfs", "Leave one of them out.");
  const bool has_slash = wanted.program.find('/') != std::string::npos;
  if ((wanted.rootfs || wanted.image) && has_slash && !wanted.program.starts_with('/')) {
    return fail(Code::kUsage, wanted.program, "is not an absolute path, as --rootfs and --image need it",
                "Name the program's path inside the image, for example /usr/bin/sort.");
  }
  return {};
}

/// Where the key lies and where the evidence will go. Both directories are held from now on, and nothing walks their
/// paths again. The venue checks whether the key can be used, before the venue starts anything.
struct Papers {
  std::optional<file::Place> key, evidence, standard_output;
};

/// Where the file of --stdout goes; nothing without it. Error kBadInput also if the file is the key or the evidence.
Result<std::optional<file::Place>> stdout_place(const Launch& wanted, const HeldInput& input,
                                                const OutputDirectory& output) {
  if (!wanted.standard_output) return std::nullopt;
  TRY(file::Place place, file::place_of(*wanted.standard_output));
  CHECK_OK(check_file_outside(place, "the file for standard output", input, output));
  CHECK_OK(check_new_file(place, wanted.replace));
  return place;
}

/// Error kBadInput if two of the files that a run reads or writes are one.
Result<void> check_different(const file::Place& one, const file::Place& other, const std::string& what) {
  const auto same = is_same_place(one, other);
  if (!same) return fail(Code::kBadInput, one.shown, "cannot be compared with " + what, {}, same.error().value);
  if (*same) return fail(Code::kBadInput, one.shown, "is " + what + " too", "Name different files.");
  return {};
}

Result<file::Place> key_place(const Launch& wanted) {
  if (!wanted.key_place) return file::place_of(*wanted.key);
  const file::Place& known = *wanted.key_place;
  return file::place_in(known.directory, known.parent, known.name, known.shown);
}

Result<Papers> papers_of(const Launch& wanted, const HeldInput& input, const OutputDirectory& output) {
  Papers papers;
  TRY(papers.standard_output, stdout_place(wanted, input, output));
  const auto evidence = evidence_path(wanted);
  if (!evidence) return papers;
  TRY(file::Place key, key_place(wanted));
  CHECK_OK(check_file_outside(key, "the private key", input, output));
  TRY(file::Place place, wanted.holder != nullptr
                             ? file::place_in(wanted.holder->fd, wanted.holder->path,
                                              evidence->substr(evidence->rfind('/') + 1), *evidence)
                             : file::place_of(*evidence));
  CHECK_OK(check_file_outside(place, "the evidence", input, output));
  const auto is_key = file::is_same_place(key, place);
  if (!is_key) return fail(Code::kBadInput, *evidence, "cannot be compared with the key", {}, is_key.error().value);
  if (*is_key) return fail(Code::kBadInput, *evidence, "is the key, and cannot be the evidence too");
  CHECK_OK(check_writable_file(place, wanted.replace));
  if (papers.standard_output) {
    CHECK_OK(check_different(*papers.standard_output, key, "the private key"));
    CHECK_OK(check_different(*papers.standard_output, place, "the evidence"));
  }
  papers.key = std::move(key);
  papers.evidence = std::move(place);
  return papers;
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

void tell_plan(const plan::Plan& plan) {
  std::string command;
  for (const std::string& argument : plan.program.argv) command += (command.empty() ? "" : " ") + argument;
  tell("program: " + (plan.program.host_path.empty() ? plan.program.inner_path : plan.program.host_path));
  tell("started as: " + command);
  tell("image: " + plan.image.directory);
  if (plan.image.packages) tell("packed from " + plan::packages_text(*plan.image.packages));
  for (const std::string& source : plan.image.foreign) tell("packed, not from a system directory: " + source);
  tell("profile: " + plan.profile.name + " (" + plan.profile.why + "), filter of " +
       std::to_string(plan.filter.instructions.size()) + " instructions");
  for (const std::string& key : plan.profile.unsafe_keys()) tell("widened by: " + key);
}

void tell_venue(const attest::Choice& wanted, const attest::RunOutcome& outcome) {
  if (wanted.venue == "auto") tell("venues, the first that can be built: " + attest::automatic_order());
  for (const std::string& venue : outcome.passed_over) tell("passed over: " + venue);
  if (!outcome.venue.empty()) tell("venue: " + outcome.venue);
}

/// What is ready before the cell starts. If this cannot be made, nothing was started.
struct Prepared {
  plan::Plan plan;
  OutputDirectory output;
  Papers papers;
  HeldInput input;
  sys::Fd standard_input;
  bool is_shim = false;
  bool told_of_input = false;  ///< unread_input_hint() had a line
};

Result<HeldInput> input_of(const Launch& wanted) {
  if (!wanted.inputs.empty()) return hold_inputs(wanted.inputs);
  HeldInput input;
  if (wanted.opened) {
    input.whole = std::move(*wanted.opened);
    return input;
  }
  TRY(input.whole, input_directory(wanted.input, wanted.input_holder));
  return input;
}

Result<Prepared> prepare(const Launch& wanted, attest::Deadline& deadline) {
  TRY(HeldInput opened, input_of(wanted));
  TRY(OutputDirectory output, OutputDirectory::look_at(wanted.output, wanted.holder));
  CHECK_OK(check_apart(opened, output));
  TRY(Papers papers, papers_of(wanted, opened, output));
  sys::Fd standard_input;
  if (wanted.standard_input) {
    TRY(standard_input, attest::open_standard_input(*wanted.standard_input));
  }
  TRY(plan::Plan plan, plan_for(wanted, opened, output.path(), deadline));
  CHECK_OK(check_workdir(plan, opened));
  if (wanted.verbose) tell_plan(plan);
  for (const std::string& link : plan.image.left_out)
    tell("note: left out of the image, since it leads out of the packed directory: " + link);
  std::optional<std::string> shim;
  tell_left_out(plan.image.source);
  if (wanted.hints && !wanted.rootfs && !wanted.image) {
    TRY(const std::string program, find_program(wanted.program));
    shim = shim_hint(program);
    if (shim) tell(*shim);
  }
  bool told_of_input = false;
  if (wanted.hints && !wanted.standard_input) {
    const auto hint = unread_input_hint();
    if (hint) tell(*hint);
    told_of_input = hint.has_value();
  }
  if (!wanted.dry_run) CHECK_OK(output.create());
  if (deadline.pulse() != nullptr) output.tell_what_was_made(*deadline.pulse());
  return Prepared{std::move(plan),           std::move(output), std::move(papers), std::move(opened),
                  std::move(standard_input), shim.has_value(),  told_of_input};
}

Result<ExitCode> start(Launch& wanted, Prepared& prepared, const JsonSink& sink) {
  const std::optional<std::string> evidence = evidence_path(wanted);
  if (!evidence && !wanted.no_evidence) {
    tell("note: nothing will be signed, because there is no --key. If you want no evidence, give --no-evidence.");
  }
  ProgressLine line;
  std::function<void(const std::optional<file::Progress>&)> progress;
  if (wanted.progress) progress = [&line](const std::optional<file::Progress>& numbers) { line.show(numbers); };
  TRY(sys::Fd output, prepared.output.descriptor());
  const HintFacts facts{.program = prepared.plan.program.inner_path,
                        .is_shim = prepared.is_shim,
                        // Take the operands from the plan, which has the path inside the image of a script that was
                        // packed.
                        .operands = {prepared.plan.program.argv.begin() + 1, prepared.plan.program.argv.end()},
                        .image = prepared.plan.image.directory,
                        .input_name = prepared.input.parts.empty() ? wanted.input : std::string(),
                        .input_path = prepared.input.parts.empty() ? prepared.plan.input_path : std::string(),
                        .workdir = prepared.plan.workdir};
  const plan::Profile profile = prepared.plan.profile;
  TRY(const attest::RunOutcome outcome, attest::run({.deadline = *wanted.deadline,
                                                     .plan = std::move(prepared.plan),
                                                     .input = std::move(prepared.input.whole.directory),
                                                     .input_parts = std::move(prepared.input.parts),
                                                     .output = std::move(output),
                                                     .standard_input = std::move(prepared.standard_input),
                                                     .standard_output = std::move(prepared.papers.standard_output),
                                                     .replace_standard_output = wanted.replace,
                                                     .keep_times = wanted.keep_times,
                                                     .key = std::move(prepared.papers.key),
                                                     .evidence = std::move(prepared.papers.evidence),
                                                     .replace_evidence = wanted.replace,
                                                     .nonce = wanted.nonce,
                                                     .audience = wanted.audience,
                                                     .venue = wanted.venue,
                                                     .stage_input = wanted.stage,
                                                     .listed = std::move(wanted.listed),
                                                     .watched = wanted.watched,
                                                     .progress = progress}));
  // Make the hints while the time limit still counts, because they look up names on file systems that may not answer.
  std::vector<std::string> hints;
  if (wanted.hints && outcome.end == attest::End::kExited) hints = end_hints(facts, outcome.exit_code);
  // Whoever writes to a pipe may have begun after the run had.
  if (wanted.hints && !wanted.standard_input && !prepared.told_of_input) {
    if (auto hint = unread_input_hint()) hints.push_back(*std::move(hint));
  }
  wanted.deadline->finish();
  if (wanted.verbose) tell_venue(wanted.venue, outcome);
  if (outcome.end != attest::End::kBlocked) prepared.output.keep();
  tell_outcome(outcome, profile,
               {.input = wanted.input,
                .output = wanted.output,
                .profile = wanted.profile,
                .evidence = wanted.verbose ? evidence : std::nullopt,
                .tells_exit_code = wanted.hints});
  for (const std::string& hint : hints) tell(hint);
  if (sink) CHECK_OK(sink.give(outcome_json(outcome, evidence, wanted.fail_on_refused)));
  return exit_code_of(outcome, wanted.fail_on_refused);
}

/// Error kBadInput if the file of --result lies in the input or the output, or is another file of the run.
Result<void> check_result_apart(const JsonSink& sink, const Prepared& prepared) {
  const std::optional<file::Place>& place = sink.place();
  if (!place) return {};
  CHECK_OK(check_file_outside(*place, "the result", prepared.input, prepared.output));
  const Papers& papers = prepared.papers;
  if (papers.key) CHECK_OK(check_different(*place, *papers.key, "the private key"));
  if (papers.evidence) CHECK_OK(check_different(*place, *papers.evidence, "the evidence"));
  if (papers.standard_output)
    CHECK_OK(check_different(*place, *papers.standard_output, "the file for standard output"));
  return {};
}

/// True for errors that can also happen after the program has ended: a full disk or a fault of immure during the
/// harvest or the signing, an interruption. BLOCKED would say that the program never started, so immure does not say
/// BLOCKED for these errors.
bool may_have_started(const Error& error) {
  return error.code == Code::kSystem || error.code == Code::kInternal || error.code == Code::kInterrupted;
}

Result<std::unique_ptr<attest::Deadline>> start_clock(const Launch& wanted) {
  return attest::Deadline::begin(wanted.wall_ms.value_or(plan::Limits{}.wall_ms), wanted.pulse.get());
}

}  // namespace

attest::Choice venue_of(const Arguments& arguments) {
  return {.venue = arguments.value("venue").value_or(std::string(attest::venue::kAuto)),
          .runtime = arguments.value("runtime").value_or("")};
}

Result<std::optional<ExitCode>> begin(Launch& wanted) {
  limit_patience();
  CHECK_OK(check_own_memory());
  TRY(const std::optional<ExitCode> led, lead_past_stalls(wanted.pulse));
  if (led) return led;
  TRY(wanted.deadline, start_clock(wanted));
  return std::nullopt;
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
  CHECK_OK(check_contradictions(wanted));
  JsonSink sink = wanted.json ? JsonSink::standard_output() : JsonSink();
  if (!wanted.deadline) {
    const auto led = begin(wanted);
    if (!led && led.error().code == Code::kBlocked) return blocked(led.error(), sink);
    if (!led) return std::unexpected(led.error());
    if (*led) return **led;
  }
  if (wanted.result) {
    auto opened = JsonSink::to(*wanted.result, wanted.replace);
    if (!opened && opened.error().code == Code::kUsage) return std::unexpected(opened.error());
    if (!opened) return blocked(opened.error(), sink);
    sink = *std::move(opened);
  }
  if (const auto taken = take_challenge(wanted); !taken) return blocked(taken.error(), sink);
  auto prepared = prepare(wanted, *wanted.deadline);
  if (prepared) {
    if (const auto apart = check_result_apart(sink, *prepared); !apart) prepared = std::unexpected(apart.error());
  }
  if (!prepared) {
    const Code code = prepared.error().code;
    if (code == Code::kUsage || code == Code::kInterrupted) return std::unexpected(prepared.error());
    return blocked(prepared.error(), sink);
  }
  if (wanted.dry_run) {
    wanted.deadline->finish();
    const plan::Plan& plan = prepared->plan;
    if (sink) {
      CHECK_OK(sink.give(plan::plan_json(plan) + "\n"));
    } else {
      CHECK_OK(print(plan::plan_text(plan)));
    }
    return kSuccess;
  }
  const auto ended = start(wanted, *prepared, sink);
  if (ended || may_have_started(ended.error())) return ended;
  return blocked(ended.error(), sink);
}

Result<attest::RunOutcome> trial(const Launch& wanted) {
  TRY(const std::unique_ptr<attest::Deadline> deadline, start_clock(wanted));
  TRY(Prepared prepared, prepare(wanted, *deadline));
  TRY(sys::Fd output, prepared.output.descriptor());
  return attest::run({.deadline = *deadline,
                      .plan = std::move(prepared.plan),
                      .input = std::move(prepared.input.whole.directory),
                      .output = std::move(output),
                      .venue = wanted.venue});
}

}  // namespace immure::cli
