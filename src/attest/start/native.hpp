/// The native venue: immure's own clone3, without a daemon or a setuid program, for root and for ordinary users.
#pragma once

#include <memory>

#include "attest/start/cell.hpp"
#include "plan/plan.hpp"

namespace immure::attest {

/// Starts a cell and waits until its walls stand and its filter is loaded, at most 30 seconds. Errors: kBlocked if the
/// cell itself stopped; kUnsupported if namespaces are forbidden; kSystem if the supervisor fails, for example for lack
/// of descriptors. The caller must have one thread, and must have blocked all signals; the payload unblocks them.
/// `group`: the control group of the earlier cells of a pipeline, in which the cell starts too; nullptr: a new one.
[[nodiscard]] Result<Cell> start_native(const plan::Plan& plan, const OpenInput& input, bool probes, Deadline& deadline,
                                        std::shared_ptr<Cgroup> group = nullptr);

}  // namespace immure::attest
