#include "cli/batch/resume.hpp"

#include <algorithm>
#include <map>

#include <unistd.h>

#include "cli/batch/kept_file.hpp"
#include "cli/print.hpp"
#include "file/io.hpp"
#include "file/sha256.hpp"

namespace immure::cli {
namespace {

constexpr std::string_view kPlanFile = "plan.json";

/// The digest of the plan's file. Writes the file if there is none: the file is whole or not there.
Result<std::string> keep_plan(Preparation& prepared, const BatchStore& store) {
  const std::string shown = store.own_path(kPlanFile);
  TRY(const auto kept, kept_file(store.own(), std::string(kPlanFile), shown));
  if (kept) {
    TRY(BatchPlan recorded, read_plan(*kept, shown));
    CHECK_OK(check_same_plan(recorded, prepared.plan));
    prepared.plan = std::move(recorded);
    return file::sha256_hex(*kept);
  }
  const std::string text = plan_text(prepared.plan);
  constexpr unsigned kForOwner = 0600;
  TRY(const file::Place place, file::place_in(store.own(), store.own_path(""), std::string(kPlanFile), shown));
  CHECK_OK(file::create_whole(place, text, kForOwner));
  return file::sha256_hex(text);
}

/// Brings the last record of each run to its run.
Result<void> apply(const std::vector<RunRecord>& records, std::vector<BatchRun>& runs, const BatchStore& store) {
  std::map<std::string_view, BatchRun*> by_name;
  for (BatchRun& run : runs) by_name[run.entry.name] = &run;
  for (const RunRecord& record : records) {
    const auto found = by_name.find(record.name);
    if (found == by_name.end())
      return fail(Code::kBadInput, store.own_path("journal"), "has a run that the plan does not have: " + record.name);
    found->second->record = record;
    found->second->ended = record.last;
  }
  return {};
}

/// Opens the runs again that --retry allows. The journal says so before their results move.
Result<void> open_again(std::vector<BatchRun>& runs, Journal& journal, std::uint32_t retries) {
  std::vector<RunRecord> again;
  for (BatchRun& run : runs) {
    if (!run.ended || run.record.code == kSuccess || run.record.attempt > retries) continue;
    run.ended = false;
    run.record.last = false;
    again.push_back(run.record);
  }
  return again.empty() ? Result<void>() : journal.add(again);
}

}  // namespace

bool is_blocked(const RunRecord& record) { return record.code == kBlocked && !record.started; }

Result<Begun> begin_or_resume(Preparation& prepared, const BatchStore& store, std::uint32_t retries) {
  TRY(const std::string plan_sha256, keep_plan(prepared, store));
  TRY(Journal journal, Journal::open(store.own(), store.own_path("journal"), plan_sha256));
  Begun begun{.journal = std::move(journal), .runs = {}, .plan_sha256 = plan_sha256};
  for (BatchEntry& entry : prepared.entries.list) begun.runs.push_back({.entry = std::move(entry)});
  prepared.entries.list.clear();
  CHECK_OK(apply(begun.journal.records(), begun.runs, store));
  // First finish what was recorded. After this, `work` has nothing of a run that has ended.
  std::size_t ended = 0;
  for (const BatchRun& run : begun.runs) {
    if (run.ended) CHECK_OK(store.publish(run.entry.name));
    if (run.ended) ++ended;
  }
  store.drop_unfinished();
  CHECK_OK(open_again(begun.runs, begun.journal, retries));
  for (const BatchRun& run : begun.runs)
    if (!run.ended) CHECK_OK(store.set_aside(run.entry.name));
  // The manifest of a batch that had ended early is no longer true.
  if (std::ranges::any_of(begun.runs, [](const BatchRun& run) { return !run.ended; }))
    ::unlinkat(store.own().get(), "manifest.json", 0);
  if (ended > 0) tell(std::to_string(ended) + " of " + std::to_string(begun.runs.size()) + " runs had ended before");
  return begun;
}

}  // namespace immure::cli
