#include "cli/explain/ranking.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace immure::cli {
namespace {

using attest::Obstacle;

std::string_view parent_of(std::string_view path) { return path.substr(0, path.rfind('/')); }

/// A program that is refused an exec or a write often looks for the file as well, and for the directory of a file that
/// it wants to write. The refused call says all.
void pass_over_look_ups_before_a_call(std::vector<Finding>& findings) {
  std::set<std::string_view> asked;
  for (const Finding& finding : findings) {
    const Obstacle& obstacle = finding.obstacle;
    if (obstacle.kind == Obstacle::Kind::kCall && finding.test == 33) asked.insert(obstacle.detail);
    if (obstacle.kind == Obstacle::Kind::kWrite) asked.insert({obstacle.detail, parent_of(obstacle.detail)});
  }
  for (Finding& finding : findings)
    if (finding.obstacle.kind == Obstacle::Kind::kLookup && asked.contains(finding.obstacle.detail))
      finding.weight = weight::kUsual;
}

/// A program that finds no place for temporary files below /tmp tries other directories next, and makes a new file in
/// each. With a place below /tmp the program tries no other directory.
void pass_over_other_places_for_temporary_files(std::vector<Finding>& findings) {
  const bool lacks_scratch =
      std::ranges::any_of(findings, [](const Finding& one) { return one.help == Help::kScratch; });
  if (!lacks_scratch) return;
  for (Finding& finding : findings) {
    if (!finding.obstacle.is_new || finding.help == Help::kScratch) continue;
    finding.why = "The program tried this place because it has no directory for temporary files.";
    finding.weight = weight::kUsual;
  }
}

/// Marks the last refusal that can have ended the program.
void mark_last(std::vector<Finding>& findings) {
  for (const int least : {weight::kFileOfHost, kWorthSeeing, weight::kNotThere, weight::kAbsentEverywhere}) {
    Finding* last = nullptr;
    for (Finding& finding : findings)
      if (finding.weight >= least && (last == nullptr || finding.obstacle.last > last->obstacle.last)) last = &finding;
    if (last == nullptr) continue;
    last->ended_after = true;
    last->weight += weight::kEndedAfter;
    return;
  }
}

/// Nobody knows whether a program needs a directory that it only looked for. The directories are candidates if nothing
/// else explains the failure.
void settle_searched_directories(std::vector<Finding>& findings, bool failed) {
  const bool explained = std::ranges::any_of(
      findings, [](const Finding& one) { return one.weight >= weight::kFileOfHost && !one.searched; });
  if (failed && !explained) return;
  for (Finding& finding : findings)
    if (finding.searched) finding.weight = weight::kUsual;
}

}  // namespace

void rank(std::vector<Finding>& findings, bool failed) {
  pass_over_look_ups_before_a_call(findings);
  pass_over_other_places_for_temporary_files(findings);
  settle_searched_directories(findings, failed);
  if (failed) mark_last(findings);
  std::ranges::stable_sort(findings, [](const Finding& one, const Finding& other) {
    if (one.weight != other.weight) return one.weight > other.weight;
    return one.obstacle.last > other.obstacle.last;
  });
}

}  // namespace immure::cli
