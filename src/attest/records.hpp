/// The cell's record page as evidence.
#pragma once

#include <string>
#include <vector>

#include "attest/host/cgroup.hpp"
#include "cell/spec.hpp"
#include "evidence/evidence.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"

namespace immure::attest {

/// Probe records of all three stages, in catalogue order. A payload that was never reached leaves answers that say `not
/// run`.
[[nodiscard]] std::vector<evidence::ProbeRecord> probe_records(const cell::Page& page);

/// The inside witness. Error kBlocked if its mount table cannot be read.
[[nodiscard]] Result<evidence::InsideView> inside_view(const cell::Page& page,
                                                       const std::vector<std::string>& environment);

/// How each limit is enforced: by the control group if there is one, else by resource limits and the memory watch.
[[nodiscard]] std::vector<evidence::Enforcement> enforcements(const plan::Limits& limits, const Cgroup* group);

/// A run's evidence as far as it is known before the cell starts: plan, host, limits, empty observations.
/// `digest_launcher` costs a read of the whole program, so only evidence that is written has it.
[[nodiscard]] Result<evidence::Evidence> opening(const plan::Plan& plan, bool digest_launcher);

}  // namespace immure::attest
