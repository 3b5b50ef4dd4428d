/// The native venue: immure's own clone3, without a daemon or a setuid program, for root and for ordinary users.
#pragma once

#include "attest/start/cell.hpp"
#include "plan/plan.hpp"

namespace immure::attest {

/// Starts a cell and waits until its walls stand and its filter is loaded, at most 30 seconds. Errors: kBlocked if the
/// cell itself stopped; kUnsupported if namespaces are forbidden; kSystem if the supervisor fails, for example for lack
/// of descriptors. The caller must have one thread, and must have blocked all signals; the payload unblocks them.
[[nodiscard]] Result<Cell> start_native(const plan::Plan& plan, const OpenInput& input, bool probes,
                                        Deadline& deadline);

}  // namespace immure::attest
