/// Appraises a whole batch.
#include <filesystem>

#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "cli/run/appraisal.hpp"
#include "file/place.hpp"
#include "render/batch.hpp"
#include "sys/libc.hpp"
#include "verify/batch.hpp"
#include "verify/lock_down.hpp"

namespace immure::cli {
namespace {

render::BatchSummary summary_of(const verify::BatchResult& result, const std::string& directory) {
  render::BatchSummary summary{.title = "Verdict on the batch in " + directory,
                               .problem = result.problem,
                               .began_on = result.began_on,
                               .verified = true,
                               .lines = {}};
  for (const verify::BatchRow& row : result.rows)
    summary.lines.push_back({.name = row.name,
                             .input = row.input,
                             .state = std::string(verify::name(row.state)),
                             .standing = row.state == verify::RunState::kAccepted   ? render::Standing::kGood
                                         : row.state == verify::RunState::kRejected ? render::Standing::kBad
                                                                                    : render::Standing::kUnproved,
                             .exit_code = row.exit_code,
                             .words = row.words});
  return summary;
}

std::string formatted(const render::BatchSummary& summary, const std::string& format, bool all) {
  if (format == "json") return render::batch_json_lines(summary);
  if (format == "junit") return render::batch_junit(summary);
  if (format == "html") return render::batch_html(summary);
  return render::batch_table(summary, all) + render::batch_sum(summary) + "\n";
}

}  // namespace

Result<ExitCode> batch_verify_command(const Arguments& arguments) {
  TRY(verify::Request request, appraisal_request(arguments));
  const std::string given = arguments.operands().front();
  const std::string format = arguments.value("format").value_or(arguments.has("json") ? "json" : "text");
  // The verifier reads everything below its working directory, and so walks the path of the batch once.
  for (std::string& key : request.key_paths) key = std::filesystem::absolute(key).string();
  if (request.policy_path) request.policy_path = std::filesystem::absolute(*request.policy_path).string();
  TRY(const file::HeldDirectory directory, file::hold_directory(given));
  if (const int failure = sys::error_of(::fchdir, directory.fd.get()); failure != 0)
    return fail(Code::kBadInput, given, "cannot be entered", {}, failure);
  const verify::BatchResult result = verify::appraise_batch_locked_down(request);
  if (!arguments.has("quiet")) {
    CHECK_OK(print(formatted(summary_of(result, given), format, arguments.has("verbose"))));
    if (format != "text" && !result.problem.empty()) tell("BLOCKED: " + result.problem);
  }
  return exit_code_of(verify::verdict_of(result));
}

}  // namespace immure::cli
