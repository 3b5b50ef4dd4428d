/// The inside witness: what a task can say of itself.
#pragma once

#include "cell/spec.hpp"
#include "sys/error.hpp"

namespace immure::cell {

/// The mount table, by statmount(2), and where the kernel has none (before 6.8) from the host's /proc; after the pivot.
[[nodiscard]] SysResult<void> look_at_mounts(const Spec& spec, Look& look);

/// Capabilities, securebits, ids and limits, before the filter denies looking.
[[nodiscard]] SysResult<void> look_before_filter(Look& look);

/// no_new_privs, the seccomp mode and the open descriptors below the payload's limit, with the filter in force.
[[nodiscard]] SysResult<void> look_under_filter(const Spec& spec, Look& look);

}  // namespace immure::cell
