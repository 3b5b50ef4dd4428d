/// The small filters that a cell has besides the plan's filter.
#pragma once

#include <cerrno>

#include <fcntl.h>
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

/// Each call that opens a file for writing has at least one of these flags. O_RDWR and O_WRONLY are two bits, and each
/// of the two bits means writing.
inline constexpr std::uint32_t kWrites = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;

/// The observer's filter. It can deny nothing and allow nothing: its only answers are "allowed" and "ask the listener",
/// and the kernel takes the strictest answer of all filters. So a call that the plan's filter denies stays denied, and
/// the kernel does not ask the listener.
inline constexpr auto kObserveWrites = sys::seccomp::filter(
    {sys::seccomp::when(__NR_openat, 2, sys::seccomp::none_of(kWrites), sys::seccomp::kAllow),
     sys::seccomp::answer(__NR_openat, sys::seccomp::kNotify),
#if defined(__NR_open)
     sys::seccomp::when(__NR_open, 1, sys::seccomp::none_of(kWrites), sys::seccomp::kAllow),
     sys::seccomp::answer(__NR_open, sys::seccomp::kNotify), sys::seccomp::answer(__NR_creat, sys::seccomp::kNotify),
     sys::seccomp::answer(__NR_mkdir, sys::seccomp::kNotify),
#endif
     sys::seccomp::answer(__NR_mkdirat, sys::seccomp::kNotify)},
    sys::seccomp::kAllow, sys::seccomp::kAllow);

}  // namespace immure::cell
