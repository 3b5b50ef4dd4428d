/// Installing a seccomp filter (seccomp(2)).
#pragma once

#include <span>

#include "sys/bpf.hpp"
#include "sys/error.hpp"

namespace immure::sys {

/// Installs `filter` on the calling thread, for good. Needs no_new_privs. EINVAL: not a valid program.
[[nodiscard]] SysResult<void> install_filter(std::span<const Instruction> filter);

}  // namespace immure::sys
