#include "verify/evidence_rows.hpp"

#include "judge/findings.hpp"

namespace immure::verify {
namespace {

/// A reason code of the judge that also concerns the evidence itself: raw record, completeness, witnesses.
struct Concern {
  judge::EvidenceTest number;
  judge::Reason code;
};
constexpr Concern kConcerns[] = {
    {41, "answer-contradicts"},  {42, "catalogue-unknown"}, {42, "architecture-unknown"}, {42, "probes-missing"},
    {42, "probes-inconsistent"}, {42, "probe-not-run"},     {42, "probe-killed"},         {42, "control-missing"},
    {42, "transcript-count"},    {42, "transcript-head"},   {43, "witness-missing"},      {43, "witness-disagrees"},
    {43, "witness-contradicts"},
};

}  // namespace

judge::Judgement unread(const judge::Finding& finding) {
  judge::Findings findings;
  findings.unproved_all(finding.code, finding.where, finding.expected, finding.observed);
  judge::Judgement judgement;
  for (const judge::SandboxTest test : judge::SandboxTest::all()) judgement.rows.push_back(findings.take(test));
  return judgement;
}

judge::Row evidence_row(judge::EvidenceTest number, judge::Outcome outcome, std::vector<judge::Finding> findings) {
  judge::Row row{number, outcome, std::string(judge::test_of(number).passes_when), "as expected", std::move(findings)};
  if (!row.findings.empty()) {
    row.expected = row.findings.front().expected;
    row.observed = row.findings.front().observed;
  }
  return row;
}

judge::Row holding_row(judge::EvidenceTest number) { return evidence_row(number, judge::Outcome::kHolds, {}); }

judge::Row concern_row(judge::EvidenceTest number, const judge::Judgement& judgement) {
  for (const judge::Row& row : judgement.rows)
    for (const judge::Finding& finding : row.findings)
      for (const Concern& concern : kConcerns)
        if (concern.number == number && concern.code == finding.code) {
          const bool open = finding.code == "witness-disagrees";
          return evidence_row(number, open ? judge::Outcome::kDoesNotHold : judge::Outcome::kNotProved, {finding});
        }
  return holding_row(number);
}

}  // namespace immure::verify
