/// The gate: what the supervisor observes of a finished cell, first while the payload waits for its exec, then before
/// the payload's first instruction.
#pragma once

#include "attest/deadline.hpp"
#include "attest/start/cell.hpp"
#include "evidence/evidence.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/process.hpp"

namespace immure::attest {

/// True if the program can read a part of /out.
[[nodiscard]] inline bool reads_output(const plan::Profile& profile) {
  return (profile.gifts() & (probe::kScratch | probe::kReadBack)) != 0;
}

/// Writes both witnesses and all probes of a waiting cell into the evidence. Returns the cell's /out, which is empty.
/// Errors: kBlocked, kSystem, the error of the deadline.
[[nodiscard]] Result<sys::Fd> observe_at_gate(evidence::Evidence& evidence, const plan::Plan& plan, Deadline& deadline,
                                              Cell& cell);

/// Lets the payload execute and stops it before its first instruction, so that the supervisor can look a second time.
/// Errors: kBlocked, the error of the deadline.
[[nodiscard]] Result<sys::ExecStop> stop_at_exec(Cell& cell, Deadline& deadline);

/// Compares the loaded filter with the plan byte by byte, if the kernel shows the filter. Otherwise only the probes
/// show what the filter does. Error kBlocked.
[[nodiscard]] Result<void> compare_filter(const plan::Plan& plan, const Cell& cell, const sys::ExecStop& stop);

}  // namespace immure::attest
