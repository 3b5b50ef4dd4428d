/// Turns a plan's filter into a filter that asks the supervisor about each call that the plan's filter denies.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sys/bpf.hpp"
#include "sys/error.hpp"
#include "sys/seccomp.hpp"

namespace immure::attest {

/// Returns a filter that notifies where `filter` answers EPERM or ENOSYS, and that gives the answer of `lookups` where
/// `filter` allows a call. All other answers of `filter` stay. Error kBadInput: the two filters are too long together.
[[nodiscard]] Result<std::vector<sys::Instruction>> notifying_filter(std::span<const sys::Instruction> filter,
                                                                     std::span<const sys::Instruction> lookups);

/// The errno with which `filter` denies a call; 0 if `filter` allows the call. A filter whose answer is anything else
/// would not have notified, so the function then returns EPERM.
[[nodiscard]] int denial_of(std::span<const sys::Instruction> filter, const sys::Notification& call);

}  // namespace immure::attest
