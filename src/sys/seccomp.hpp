/// Installs seccomp filters (seccomp(2)).
#pragma once

#include <span>

#include "sys/bpf.hpp"
#include "sys/error.hpp"

namespace immure::sys {

/// Installs `filter` on the calling thread, for good. Needs no_new_privs. Error: EINVAL if the filter is empty, longer
/// than kMaxInstructions, or no valid program.
[[nodiscard]] SysResult<void> install_filter(std::span<const Instruction> filter);

}  // namespace immure::sys
