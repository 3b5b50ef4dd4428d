#include <algorithm>
#include <string>

#include "attest/records.hpp"
#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "cli/run/appraisal.hpp"
#include "cli/run/sandboxed_appraisal.hpp"
#include "file/io.hpp"
#include "render/html/html.hpp"
#include "render/text_report.hpp"
#include "text/utc_time.hpp"

namespace immure::cli {

Result<ExitCode> report_command(const Arguments& arguments) {
  TRY(const verify::Request request, appraisal_request(arguments));
  TRY(const std::string path, arguments.required("output"));
  CHECK_OK(check_result_place(path, "the report", request));
  const render::PageNotes notes{request.evidence_path, text::utc_now(), IMMURE_VERSION};
  const bool json = arguments.has("json");
  const auto line_and_page = [&](const verify::AttestationResult& result, const std::string&) {
    std::string line = json ? render::result_json(result) : render::verdict_words(result);
    line.resize(std::min(line.find('\n'), line.size()));
    return std::vector{std::move(line), render::result_html(result, notes, render::inspection_of(result, request))};
  };
  TRY(SandboxedAppraisal appraisal, SandboxedAppraisal::prepare(request, line_and_page));
  TRY(const Appraised appraised, appraisal.finish({}));
  if (appraised.parts.size() != 2) return fail(Code::kInternal, "the appraisal", "its process returned no result");
  CHECK_OK(file::write_whole(path, appraised.parts[1], 0644));
  CHECK_OK(print(visible(appraised.parts[0]) + "\n"));
  return appraised.code;
}

}  // namespace immure::cli
