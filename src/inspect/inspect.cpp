#include "inspect/inspect.hpp"

#include <utility>

#include "inspect/pool.hpp"
#include "inspect/unseen.hpp"

namespace immure::inspect {

Result<Report> inspect(const Request& request) {
  // The workers first: a process that is forked later would have seen names of the drop.
  TRY(Pool pool, Pool::start(request.input, request.rules, request.limits, request.workers));
  Scan found = scan(request.input, request.limits);
  add_unseen(request.data.unseen, request.limits, found);
  std::vector<Inspected> inspected;
  {
    std::optional<file::ProgressFile> progress;
    if (request.progress) {
      TRY(file::ProgressFile made, file::ProgressFile::create(request.output));
      progress.emplace(std::move(made));
    }
    TRY(inspected, pool.inspect(found.entries, progress ? &*progress : nullptr));
  }
  Report report = assemble(std::move(found), std::move(inspected), request.rules, request.limits, request.data);
  CHECK_OK(write_report(report, request.rules, request.limits, request.data, request.output));
  return report;
}

int exit_code(const Report& report, Severity fail_on) {
  if (!report.complete) return 2;
  for (auto i = static_cast<std::size_t>(fail_on); i < report.counts.size(); ++i) {
    if (report.counts[i] > 0) return 1;
  }
  return 0;
}

}  // namespace immure::inspect
