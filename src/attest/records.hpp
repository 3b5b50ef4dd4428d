/// Turns the record page of a cell into evidence.
#pragma once

#include <string>
#include <vector>

#include "attest/host/cgroup.hpp"
#include "attest/start/cell.hpp"
#include "cell/spec.hpp"
#include "evidence/evidence.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"

namespace immure::attest {

/// The records of all probes in the order of the catalogue, with the answers of all four stages. An answer that the
/// cell never wrote reads as `not run` (cell::forget_answers()); an attribution that was never written is absent.
[[nodiscard]] std::vector<evidence::ProbeRecord> probe_records(const cell::Page& page);

/// The view of the inside witness. Error kBlocked if its mount table cannot be read.
[[nodiscard]] Result<evidence::InsideView> inside_view(const cell::Page& page,
                                                       const std::vector<std::string>& environment);

/// The evidence about the observer's filter. Call this when the cell's probes are done.
[[nodiscard]] evidence::Observer observer_record(const Cell& cell);

/// How each limit is enforced: by the control group if there is one, or else by resource limits and the memory watch.
[[nodiscard]] std::vector<evidence::Enforcement> enforcements(const plan::Limits& limits, const Cgroup* group,
                                                              std::uint64_t scratch_bytes = 0);

/// The evidence of a run as far as it is known before the cell starts: plan, host, limits, and empty observations.
/// `digest_launcher`: also digests this program, which means reading the whole program; needed only if the evidence is
/// written.
[[nodiscard]] Result<evidence::Evidence> opening(const plan::Plan& plan, bool digest_launcher);

}  // namespace immure::attest
