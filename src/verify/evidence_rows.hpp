/// Makes the rows of the tests #38 to #44, which only the verifier decides.
#pragma once

#include <vector>

#include "judge/judge.hpp"

namespace immure::verify {

/// The judgement if nothing could be read: fourteen rows, which all give `finding` as the reason.
[[nodiscard]] judge::Judgement unread(const judge::Finding& finding);

/// The row of a test with this outcome. If there are findings, the row has the words of the first one.
[[nodiscard]] judge::Row evidence_row(judge::EvidenceTest number, judge::Outcome outcome,
                                      std::vector<judge::Finding> findings);
[[nodiscard]] judge::Row holding_row(judge::EvidenceTest number);

/// The row of a test that follows from what the judge found. The test holds if no finding of the judge concerns it.
[[nodiscard]] judge::Row concern_row(judge::EvidenceTest number, const judge::Judgement& judgement);

}  // namespace immure::verify
