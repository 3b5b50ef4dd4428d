#include "cli/batch/reports.hpp"

#include "cli/batch/resume.hpp"
#include "file/io.hpp"

namespace immure::cli {
namespace {

render::BatchLine line_of(const BatchRun& run) {
  const RunRecord& record = run.record;
  render::BatchLine line{.name = run.entry.name, .input = run.entry.shown, .state = "not started"};
  if (!run.ended && !run.interrupted) return line;
  line.exit_code = record.code;
  line.attempts = record.attempt;
  line.duration_ms = record.duration_ms;
  line.ended_on = record.ended_on;
  line.words = record.words;
  const bool blocked = is_blocked(record);
  line.state = run.interrupted ? "interrupted" : blocked ? "BLOCKED" : record.code == kSuccess ? "ended" : "failed";
  line.standing = run.interrupted || blocked ? render::Standing::kUnproved
                  : record.code == kSuccess  ? render::Standing::kGood
                                             : render::Standing::kBad;
  return line;
}

}  // namespace

render::BatchSummary summary_of(const Preparation& prepared, const std::vector<BatchRun>& runs) {
  render::BatchSummary summary{.title = std::to_string(runs.size()) + " runs of " + prepared.common.program,
                               .problem = {},
                               .began_on = prepared.plan.began_on,
                               .verified = false,
                               .lines = {}};
  for (const BatchRun& run : runs) summary.lines.push_back(line_of(run));
  return summary;
}

Result<void> write_reports(const Preparation& prepared, const std::vector<BatchRun>& runs, const BatchStore& store) {
  constexpr unsigned kReadableByAll = 0644;
  const render::BatchSummary summary = summary_of(prepared, runs);
  const std::pair<const char*, std::string> reports[] = {{"report.html", render::batch_html(summary)},
                                                         {"junit.xml", render::batch_junit(summary)},
                                                         {"runs.jsonl", render::batch_json_lines(summary)}};
  for (const auto& [name, text] : reports) {
    TRY(const file::Place place, file::place_in(store.own(), store.own_path(""), name, store.own_path(name)));
    CHECK_OK(file::write_whole(place, text, kReadableByAll));
  }
  return {};
}

}  // namespace immure::cli
