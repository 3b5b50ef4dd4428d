#include "judge/judge.hpp"

#include <algorithm>
#include <optional>

#include "judge/claim.hpp"
#include "judge/observed.hpp"

namespace immure::judge {
namespace {

/// The looks that this moment demands, in their order. If the evidence has other looks, returns nullopt and records the
/// reason.
std::optional<std::vector<Look>> demanded_looks(const evidence::Evidence& evidence, Moment moment, Findings& findings) {
  constexpr std::array<std::string_view, 2> kMoments{"gate", "exec"};
  const std::size_t demanded = moment == Moment::kGate ? 1 : 2;
  std::vector<Look> looks;
  looks.reserve(kMoments.size());
  for (const evidence::OutsideView& view : evidence.outside) {
    const std::string where = "/outside/" + std::to_string(looks.size());
    if (looks.size() == demanded) {
      findings.unproved_all("witness-contradicts", where, "no further observation from outside", view.moment);
      return std::nullopt;
    }
    if (view.moment != kMoments[looks.size()]) {
      findings.unproved_all("witness-contradicts", where + "/moment", std::string(kMoments[looks.size()]), view.moment);
      return std::nullopt;
    }
    looks.push_back({&view, looks.size()});
  }
  if (looks.size() < demanded) {
    findings.unproved_all("witness-missing", "/outside",
                          "an observation from outside: " + std::string(kMoments[looks.size()]), "none");
    return std::nullopt;
  }
  return looks;
}

std::string holding_text(int probes) {
  std::string out =
      probes == 0 ? std::string() : std::to_string(probes) + (probes == 1 ? " probe" : " probes") + " as expected; ";
  return out + "inside and outside agree";
}

}  // namespace

Judgement judge(const evidence::Evidence& evidence, Moment moment, Record record) {
  Findings findings;
  ProbeCounts counts{};
  const Claim claim = claim_of(evidence);
  if (!claim.known)
    findings.unproved_all("acceptance-unknown", "/acceptance",
                          "a known acceptance profile that fits what the run gives its program",
                          claim.profile.empty() ? "none" : claim.profile);
  judge_probes(evidence, record, findings, counts);
  const auto looks = demanded_looks(evidence, moment, findings);
  if (!evidence.inside) findings.unproved_all("witness-missing", "/inside", "what the cell saw of itself", "nothing");
  if (evidence.inside && looks) {
    const Observed observed{evidence, *evidence.inside, *looks, moment};
    judge_places(observed, findings);
    judge_output(observed, findings);
    judge_fixed_files(observed, findings);
    judge_task(observed, findings);
    judge_observer(observed, findings);
    judge_channels(observed, findings);
    judge_bounds(observed, findings);
    judge_agreement(observed, findings);
    judge_outer(observed, findings);
    judge_neighbours(observed, findings);
  }

  Judgement judgement;
  judgement.rows.reserve(kTests);
  for (const SandboxTest test : SandboxTest::all()) {
    Row row = findings.take(test);
    row.number = claim.test_in(test);
    if (row.outcome == Outcome::kHolds) {
      row.expected = test_of(row.number).passes_when;
      row.observed = holding_text(counts[test.index()]);
    }
    judgement.rows.push_back(std::move(row));
  }
  return judgement;
}

bool Judgement::holds() const {
  return rows.size() == kTests &&
         std::ranges::all_of(rows, [](const Row& row) { return row.outcome == Outcome::kHolds; });
}

const Row* Judgement::first_failing() const {
  const auto found = std::ranges::find_if(rows, [](const Row& row) { return row.outcome != Outcome::kHolds; });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace immure::judge
