/// The two small filters that a cell has besides the plan's filter.
#pragma once

#include <cerrno>

#include <sys/mman.h>

#include "sys/filter.hpp"

namespace immure::cell {

/// While the payload runs, its parent (the cell's first process) needs wait4 and exit_group and no other call.
inline constexpr auto kInitFilter =
    sys::seccomp::filter({sys::seccomp::allow(__NR_wait4), sys::seccomp::allow(__NR_exit_group)}, sys::seccomp::kKill);

/// Denies every shared anonymous mapping. The pages of such a mapping stay allocated even when no process has them in
/// its page tables any more, and then only a control group counts them. This filter lets calls of foreign system call
/// tables pass, because the plan's filter denies these calls.
inline constexpr auto kNoSharedMemory = sys::seccomp::filter(
    {sys::seccomp::when(__NR_mmap, 3, sys::seccomp::all_of(MAP_SHARED | MAP_ANONYMOUS), sys::seccomp::deny(ENOMEM))},
    sys::seccomp::kAllow, sys::seccomp::kAllow);

}  // namespace immure::cell
