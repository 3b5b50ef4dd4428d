#include <algorithm>
#include <array>
#include <ctime>

#include "cli/appraisal.hpp"
#include "cli/commands.hpp"
#include "cli/duration.hpp"
#include "cli/print.hpp"
#include "verify/formats.hpp"
#include "verify/wall_in.hpp"

namespace immure::cli {
namespace {

std::string formatted(const verify::AttestationResult& result, std::string_view format) {
  if (format == "json") return verify::result_json(result);
  if (format == "junit") return verify::result_junit(result);
  if (format == "sarif") return verify::result_sarif(result);
  if (format == "markdown") return verify::result_markdown(result);
  return verify::result_text(result, wants_color(1));
}

/// What --format and --json together say.
Result<std::string> format_of(const Arguments& arguments) {
  const std::string format = arguments.value("format").value_or(arguments.has("json") ? "json" : "text");
  constexpr std::array<std::string_view, 5> kFormats = {"text", "json", "junit", "sarif", "markdown"};
  if (std::ranges::find(kFormats, format) == kFormats.end())
    return fail(Code::kUsage, "--format", "there is no format " + format,
                "There are text, json, junit, sarif and markdown.");
  if (arguments.has("json") && format != "json")
    return fail(Code::kUsage, "--json", "contradicts --format " + format, "Leave one of them out.");
  return format;
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
  // A policy may name the keys itself.
  if (!request.policy_path) {
    TRY(const std::string first_key, arguments.required("key"));
  }
  request.key_paths = arguments.values("key");
  request.nonce = arguments.value("nonce");
  request.audience = arguments.value("audience");
  request.state_path = arguments.value("state");
  request.challenge_path = arguments.value("challenge");
  if (request.challenge_path && (request.nonce || request.audience))
    return fail(Code::kUsage, "--challenge", "contradicts --nonce and --audience", "It has both of them.");
  if (request.state_path && !request.challenge_path) return fail(Code::kUsage, "--state", "needs --challenge");
  request.artifacts_dir = arguments.value("artifacts");
  if (const auto age = arguments.value("max-age")) {
    TRY(const std::uint64_t milliseconds, parse_duration("--max-age", *age));
    request.max_age_s = milliseconds / 1000;
    if (request.max_age_s == 0) return fail(Code::kUsage, "--max-age", "is less than a second: " + *age);
  }
  request.now = ::time(nullptr);
  return request;
}

Result<ExitCode> verify_command(const Arguments& arguments) {
  TRY(const std::string format, format_of(arguments));
  TRY(const verify::Request request, appraisal_request(arguments));
  const verify::AttestationResult result = verify::appraise_walled_in(request);
  CHECK_OK(print(formatted(result, format)));
  return exit_code_of(result.verdict);
}

}  // namespace immure::cli
