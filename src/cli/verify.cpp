#include <ctime>

#include "cli/commands.hpp"
#include "cli/duration.hpp"
#include "cli/print.hpp"
#include "verify/wall_in.hpp"

namespace immure::cli {
namespace {

ExitCode exit_code_of(verify::Verdict verdict) {
  switch (verdict) {
    case verify::Verdict::kAccepted: return kSuccess;
    case verify::Verdict::kRejected: return kRejected;
    case verify::Verdict::kBlocked: return kBlocked;
  }
  return kBlocked;
}

}  // namespace

Result<ExitCode> verify_command(const Arguments& arguments) {
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
  const verify::AttestationResult result = verify::appraise_walled_in(request);
  CHECK_OK(print(arguments.has("json") ? verify::result_json(result) : verify::result_text(result, wants_color(1))));
  return exit_code_of(result.verdict);
}

}  // namespace immure::cli
