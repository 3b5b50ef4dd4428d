/// The inside witness: what a task can say about itself.
#pragma once

#include "cell/spec.hpp"
#include "sys/error.hpp"

namespace immure::cell {

/// Reads the mount table after the pivot: by statmount(2), or from the host's /proc on kernels before 6.8.
[[nodiscard]] SysResult<void> look_at_mounts(const Spec& spec, Look& look);

/// Reads capabilities, securebits, ids and limits. The filter would deny these calls, so call this function before the
/// filter is loaded.
[[nodiscard]] SysResult<void> look_before_filter(Look& look);

/// Reads no_new_privs, the seccomp mode and the open descriptors below the payload's limit, with the filter in force.
[[nodiscard]] SysResult<void> look_under_filter(const Spec& spec, Look& look);

}  // namespace immure::cell
