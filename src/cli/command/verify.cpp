#include <algorithm>
#include <array>
#include <ctime>

#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "cli/run/appraisal.hpp"
#include "cli/run/directories.hpp"
#include "cli/run/duration.hpp"
#include "cli/run/manifest.hpp"
#include "cli/run/sandboxed_appraisal.hpp"
#include "cli/run/shell_words.hpp"
#include "cli/verify_formats.hpp"
#include "file/io.hpp"
#include "judge/claim.hpp"
#include "judge/edition.hpp"
#include "render/reason_words.hpp"
#include "render/run_words.hpp"
#include "text/json_writer.hpp"
#include "text/list.hpp"
#include "text/utc_time.hpp"
#include "text/wrap.hpp"
#include "verify/freshness.hpp"
#include "verify/lock_down.hpp"
#include "verify/result_statement.hpp"

namespace immure::cli {
namespace {

/// How the result is to be shown. Asks the terminal before the verifier restricts itself, because the verifier may not
/// ask later.
struct Manner {
  std::string format;
  render::TextStyle style;
  bool verbose = false;
  bool quiet = false;
};

std::string formatted(const verify::AttestationResult& result, const Manner& manner, const std::string& evidence) {
  if (manner.quiet) return {};
  const auto* found = std::ranges::find(kVerifyFormats, manner.format, &VerifyFormat::name);
  const Shown shown{.result = result, .evidence = evidence, .style = manner.style, .verbose = manner.verbose};
  return found == std::end(kVerifyFormats) ? std::string() : found->write(shown);
}

/// The format that --format and --json ask for, and how much of the text is wanted.
Result<Manner> manner_of(const Arguments& arguments) {
  Manner manner{.format = arguments.value("format").value_or(arguments.has("json") ? "json" : "text"),
                .style = {.color = wants_color(STDOUT_FILENO), .width = terminal_columns(STDOUT_FILENO)},
                .verbose = arguments.has("verbose"),
                .quiet = arguments.has("quiet")};
  if (arguments.has("json") && manner.format != "json")
    return fail(Code::kUsage, "--json", "contradicts --format " + manner.format, "Leave one of them out.");
  if (manner.verbose && manner.format != "text")
    return fail(Code::kUsage, "--verbose", "is for the text, and the format is " + manner.format,
                "Every other format has all rows.");
  if (manner.quiet && (manner.verbose || arguments.has("format") || arguments.has("json")))
    return fail(Code::kUsage, "--quiet", "prints nothing, so it has no format and no details",
                "Leave out --quiet, or the other option.");
  return manner;
}

verify::ResultType result_type_of(const Arguments& arguments) {
  return arguments.value("result-type") == "test-result" ? verify::ResultType::kTests : verify::ResultType::kSummary;
}

/// The policy, read once for the appraisal and for the signature. If the policy cannot be read, the appraisal reports
/// the error, and nothing is signed.
void read_own_policy(verify::Request& request) {
  if (!request.policy_path) return;
  auto policy = verify::read_policy(*request.policy_path);
  if (!policy) return;
  for (verify::PolicyKey& key : policy->keys) {
    if (key.path.empty()) continue;
    if (const auto known = evidence::PublicKey::load(key.path)) key.id = known->key_id();
  }
  verify::obey(request, *std::move(policy));
  request.policy_path.reset();
}

/// Error kBadInput if this key may not sign results: by the policy, or because the key is trusted to sign evidence.
Result<void> check_result_key(const Arguments& arguments, const verify::Request& request, const std::string& path,
                              const std::string& key_id) {
  std::vector<std::string> trusted;
  for (const std::string& trusted_path : arguments.values("key"))
    if (const auto known = evidence::PublicKey::load(trusted_path)) trusted.push_back(known->key_id());
  const auto refused =
      verify::refused_result_key(request.policy.value_or(verify::Policy{}), trusted, key_id, request.now);
  if (refused) return fail(Code::kBadInput, path, *refused, "A verifier signs with a key of its own.");
  return {};
}

/// Writes the result to its file before the verdict is printed.
Result<ExitCode> verify_and_sign(const Arguments& arguments, verify::Request request, const Manner& manner) {
  TRY(const std::string path, arguments.required("sign-result"));
  TRY(const std::string key_path, arguments.required("result-key"));
  const verify::ResultType type = result_type_of(arguments);
  CHECK_OK(check_other_file(path, key_path));
  CHECK_OK(check_result_place(path, "the result", request));
  read_own_policy(request);
  for (const std::string& key : request.key_paths) CHECK_OK(check_other_file(path, key));
  const auto answer_and_statement = [&](const verify::AttestationResult& result, const std::string& key_id) {
    const verify::ResultNotes notes{key_id, text::utc_text(request.now), IMMURE_VERSION, request.evidence_path};
    return std::vector{formatted(result, manner, request.evidence_path),
                       verify::result_statement(result, type, notes).value_or("")};
  };
  TRY(SandboxedAppraisal appraisal, SandboxedAppraisal::prepare(request, answer_and_statement));
  TRY(const evidence::PrivateKey key, evidence::PrivateKey::load(key_path));
  CHECK_OK(check_result_key(arguments, request, key_path, key.public_key().key_id()));
  TRY(const Appraised appraised, appraisal.finish(key.public_key().key_id()));
  if (appraised.parts.size() != 2) return fail(Code::kInternal, "the appraisal", "its process returned no result");
  if (const std::string& statement = appraised.parts[1]; statement.empty()) {
    tell("the evidence could not be read, so there is no result to sign: " + path + " was not written");
  } else {
    CHECK_OK(file::write_whole(path, evidence::seal_bytes(statement, key), 0644));
  }
  CHECK_OK(print(appraised.parts[0]));
  return appraised.code;
}

/// What --expect-program, --expect-args and --expect-exit ask for.
Result<verify::Expectation> expectation_of(const Arguments& arguments) {
  constexpr int kMostExit = 255;
  verify::Expectation expected;
  if (auto program = arguments.value("expect-program")) expected.programs.push_back(*std::move(program));
  if (const auto text = arguments.value("expect-args")) {
    TRY(expected.arguments, shell_words("--expect-args", *text));
  }
  const auto exit = arguments.value("expect-exit");
  for (int code = 0; exit && code <= kMostExit; ++code)
    if (*exit == std::to_string(code)) expected.exit_codes.push_back(code);
  if (exit && expected.exit_codes.empty())
    return fail(Code::kUsage, "--expect-exit", "is no exit code: " + *exit, "Exit codes are 0 to 255.");
  return expected;
}

/// The manifest of the input that --input names. An input that cannot be read makes the appraisal BLOCKED.
std::optional<verify::InputAtHand> input_at_hand(const std::vector<std::string>& values) {
  if (values.empty()) return std::nullopt;
  verify::InputAtHand input{.name = text::list_text(values), .manifest_sha256 = {}, .problem = {}};
  if (auto digest = manifest_of(values)) {
    input.manifest_sha256 = *std::move(digest);
  } else {
    input.problem = to_text(digest.error());
  }
  return input;
}

/// The value of --oldest-edition, or 0 without the option.
Result<int> oldest_edition(const Arguments& arguments) {
  const auto text = arguments.value("oldest-edition");
  if (!text) return 0;
  const int last = judge::present_edition().number;
  for (int number = 1; number <= last; ++number)
    if (*text == std::to_string(number)) return number;
  return fail(Code::kUsage, "--oldest-edition", "there is no edition " + *text,
              "The editions are 1 to " + std::to_string(last) + ".");
}

/// What needs attention in a run, in lines below the verdict about its file; nothing if nothing does.
std::string attention_lines(const verify::AttestationResult& result, std::size_t width) {
  constexpr std::size_t kIndent = 11;
  if (!result.statement) return {};
  std::string list;
  for (const std::string& words : render::attention_words(*result.statement))
    text::append_item(list, visible(words), "; ");
  return list.empty() ? list : text::wrapped_lines("  attention: " + list + "\n", width, kIndent + 2);
}

/// Verifies several files, and prints a line for each file and then the sums.
Result<ExitCode> verify_each(const Arguments& arguments, const verify::Request& request, const Manner& manner) {
  const std::string& format = manner.format;
  // Only these options mean the same for each of several files. If somebody adds an option later, this code refuses the
  // option until somebody decides what the option means for several files.
  constexpr std::array<std::string_view, 13> kForEach = {
      "key",  "policy", "audience",       "max-age",     "oldest-edition", "accept",   "format",
      "json", "quiet",  "expect-program", "expect-args", "expect-exit",    "launchers"};
  if (const auto option = arguments.other_than(kForEach))
    return fail(Code::kUsage, "--" + std::string(*option), "is about one run, and there are several files",
                "Verify one file at a time.");
  if (format != "text" && format != "json")
    return fail(Code::kUsage, "--format", "must be text or json for several files, not " + format);
  std::array<std::size_t, 3> counts{};
  Result<void> printed;
  const auto tell_one = [&](const std::string& file, const verify::AttestationResult& result) {
    ++counts.at(static_cast<std::size_t>(result.verdict));
    if (!printed || manner.quiet) return;
    if (format == "json") {
      std::string line = render::result_json(result);
      line.pop_back();
      printed = print(json_line(
          [&](text::JsonWriter& json) { json.object().member("file", file).key("result").raw(line).close(); }));
    } else {
      printed =
          print(std::string(verify::name(result.verdict)) + " " + visible(file) + ": " + render::reason_words(result) +
                " [" + std::string(result.code.text()) + "]\n" + attention_lines(result, manner.style.width));
    }
  };
  verify::appraise_each_locked_down(request, arguments.operands(), tell_one);
  CHECK_OK(printed);
  const auto [accepted, rejected, blocked] = counts;
  if (format == "text" && !manner.quiet)
    CHECK_OK(print(std::to_string(arguments.operands().size()) + " files = " + std::to_string(accepted) +
                   " ACCEPTED + " + std::to_string(rejected) + " REJECTED + " + std::to_string(blocked) +
                   " BLOCKED\n"));
  return rejected != 0 ? kRejected : blocked != 0 ? kBlocked : kSuccess;
}

/// What only one run can meet. Several runs have no such options.
Result<void> add_demands_of_one_run(verify::Request& request, const Arguments& arguments) {
  request.nonce = arguments.value("nonce");
  request.challenge_path = arguments.value("challenge");
  if (request.challenge_path && (request.nonce || request.audience))
    return fail(Code::kUsage, "--challenge", "cannot be combined with --nonce and --audience",
                "The challenge contains both.");
  request.artifacts_dir = arguments.value("artifacts");
  request.input = input_at_hand(arguments.values("input"));
  return {};
}

}  // namespace

ExitCode exit_code_of(verify::Verdict verdict) {
  switch (verdict) {
    case verify::Verdict::kAccepted: return kSuccess;
    case verify::Verdict::kRejected: return kRejected;
    case verify::Verdict::kBlocked: return kBlocked;
  }
  return kBlocked;
}

Result<verify::Request> appraisal_request(const Arguments& arguments) {
  verify::Request request{.evidence_path = arguments.operands().front()};
  request.policy_path = arguments.value("policy");
  request.launchers_path = arguments.value("launchers");
  // A policy may name the keys itself.
  if (!request.policy_path) {
    TRY(const std::string first_key, arguments.required("key"));
  }
  request.key_paths = arguments.values("key");
  request.audience = arguments.value("audience");
  if (const auto& options = arguments.command().options;
      std::ranges::find(options, "challenge", &Option::name) != options.end())
    CHECK_OK(add_demands_of_one_run(request, arguments));
  if (const auto age = arguments.value("max-age")) {
    TRY(const std::uint64_t milliseconds, parse_duration("--max-age", *age));
    request.max_age_s = milliseconds / 1000;
    if (request.max_age_s == 0) return fail(Code::kUsage, "--max-age", "is less than a second: " + *age);
  }
  TRY(request.oldest_edition, oldest_edition(arguments));
  request.accept = arguments.values("accept");
  for (const std::string& profile : request.accept)
    if (std::ranges::find(judge::kAcceptanceProfiles, profile) == judge::kAcceptanceProfiles.end())
      return fail(Code::kUsage, "--accept", "there is no acceptance profile " + profile,
                  "The acceptance profiles are packet, work and build.");
  TRY(request.expected, expectation_of(arguments));
  request.now = ::time(nullptr);
  return request;
}

Result<ExitCode> verify_command(const Arguments& arguments) {
  TRY(const Manner manner, manner_of(arguments));
  TRY(verify::Request request, appraisal_request(arguments));
  request.state_path = arguments.value("state");
  request.log_path = arguments.value("log");
  if (request.log_path.has_value() != arguments.has("log-key"))
    return fail(Code::kUsage, "--log", "and --log-key belong together", "Give the public key of the log.");
  request.log_key_path = arguments.value("log-key").value_or("");
  if (request.state_path && !request.challenge_path) return fail(Code::kUsage, "--state", "needs --challenge");
  if (arguments.operands().size() > 1) return verify_each(arguments, request, manner);
  if (arguments.has("sign-result")) return verify_and_sign(arguments, request, manner);
  for (const std::string_view option : {"result-key", "result-type"})
    if (arguments.has(option)) return fail(Code::kUsage, "--" + std::string(option), "needs --sign-result");
  const verify::AttestationResult result = verify::appraise_locked_down(request);
  CHECK_OK(print(formatted(result, manner, request.evidence_path)));
  return exit_code_of(result.verdict);
}

}  // namespace immure::cli
