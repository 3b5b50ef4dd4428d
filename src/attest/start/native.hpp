/// The native venue: immure's own clone3, without a daemon or a setuid program, for root and for ordinary users.
#pragma once

#include "attest/start/cell.hpp"
#include "plan/plan.hpp"

namespace immure::attest {

/// Starts a cell and waits until its walls stand and its filter is loaded, at most 30 seconds. The result is
/// a kBlocked error when the cell itself stopped; other errors are the supervisor's own (kUnsupported:
/// namespaces forbidden; kSystem: no descriptors). All signals must be blocked in the caller; the payload unblocks
/// them. The caller must have one thread.
[[nodiscard]] Result<Cell> start_native(const plan::Plan& plan, const OpenInput& input, bool probes,
                                        Deadline& deadline);

}  // namespace immure::attest
