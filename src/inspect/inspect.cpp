#include "inspect/inspect.hpp"

#include <optional>
#include <utility>

#include "inspect/pool.hpp"
#include "inspect/report/hidden_entries.hpp"

namespace immure::inspect {

namespace {

/// Inserts empty results for entries that were added at these places, because no worker inspected them.
void align(std::vector<Inspected>& inspected, const std::vector<std::size_t>& places) {
  if (places.empty()) return;
  std::vector<Inspected> all(inspected.size() + places.size());
  auto place = places.begin();
  auto from = inspected.begin();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (place != places.end() && *place == i) {
      ++place;
    } else {
      all[i] = std::move(*from++);
    }
  }
  inspected = std::move(all);
}

}  // namespace

Result<Report> inspect(const Request& request) {
  std::optional<Listing> listing;
  std::vector<Inspected> inspected;
  {
    // Start the workers before anything of the drop is listed, so that their memory holds no names of the drop. Only a
    // worker that replaces a lost one is forked later (Pool::replace).
    TRY(Pool pool, Pool::start(request.input, request.rules, request.limits, request.workers));
    listing.emplace(request.input, request.limits);
    std::optional<file::ProgressFile> progress;
    if (request.progress) {
      TRY(file::ProgressFile made, file::ProgressFile::create(request.output));
      progress.emplace(std::move(made));
    }
    TRY(inspected, pool.inspect(*listing, progress ? &*progress : nullptr));
  }
  Scan found = std::move(*listing).found();
  align(inspected, add_hidden_entries(request.data.hidden, request.limits, found));
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
