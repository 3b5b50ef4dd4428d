/// What the attester asks the judge while the run goes on, and the steps of a run that follow the gate.
#pragma once

#include <string>
#include <vector>

#include "attest/run_state.hpp"
#include "evidence/evidence.hpp"
#include "judge/judge.hpp"

namespace immure::attest {

/// The evidence of all members. The pointers are valid while the members stay.
[[nodiscard]] std::vector<const evidence::Evidence*> stages_of(const Run& run);

/// One line for each boundary that is not proved now; empty if all are proved.
[[nodiscard]] std::vector<std::string> judge_now(const evidence::Evidence& evidence, judge::Moment moment);

/// Why the stages do not make one pipeline, such as two stages that share a namespace; empty if they do.
[[nodiscard]] std::vector<std::string> judge_together(const Run& run);

/// Lets all payloads go, which stand at their first instruction, and watches them to their end.
[[nodiscard]] Passage run_payloads(Run& run);

}  // namespace immure::attest
