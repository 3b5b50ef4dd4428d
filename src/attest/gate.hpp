/// The gate: what is seen of a finished cell whose payload waits, before it executes and before its first instruction.
#pragma once

#include "attest/deadline.hpp"
#include "attest/start/cell.hpp"
#include "evidence/evidence.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/process.hpp"

namespace immure::attest {

/// Writes both witnesses and all probes of a cell that waits into the evidence. Gives the cell's /out, empty. Errors:
/// kBlocked, kSystem, that of the deadline.
[[nodiscard]] Result<sys::Fd> observe_at_gate(evidence::Evidence& evidence, const plan::Plan& plan, Deadline& deadline,
                                              Cell& cell);

/// Lets the payload execute and holds it before its first instruction, for the second look. Errors: kBlocked, that
/// of the deadline.
[[nodiscard]] Result<sys::ExecStop> stop_at_exec(Cell& cell, Deadline& deadline);

/// Where the kernel tells it, what is loaded is compared with the plan byte by byte; elsewhere the probes stand alone.
/// Error kBlocked.
[[nodiscard]] Result<void> compare_filter(const plan::FilterProgram& filter, const Cell& cell,
                                          const sys::ExecStop& stop);

}  // namespace immure::attest
