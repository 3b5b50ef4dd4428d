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
/// opendir(3) opens a directory with this flag. Many programs take a directory that they may not list for an empty one.
inline constexpr std::uint32_t kWritesOrLists = kWrites | O_DIRECTORY;

/// The observer's filter. It can deny nothing and allow nothing: its only answers are "allowed" and "ask the listener",
/// and the kernel takes the strictest answer of all filters. So a call that the plan's filter denies stays denied, and
/// the kernel does not ask the listener.
inline constexpr auto kObserveWrites = sys::seccomp::filter(
    {sys::seccomp::when(__NR_openat, 2, sys::seccomp::none_of(kWritesOrLists), sys::seccomp::kAllow),
     sys::seccomp::answer(__NR_openat, sys::seccomp::kNotify),
#if defined(__NR_open)
     sys::seccomp::when(__NR_open, 1, sys::seccomp::none_of(kWritesOrLists), sys::seccomp::kAllow),
     sys::seccomp::answer(__NR_open, sys::seccomp::kNotify), sys::seccomp::answer(__NR_creat, sys::seccomp::kNotify),
     sys::seccomp::answer(__NR_mkdir, sys::seccomp::kNotify),
#endif
     sys::seccomp::answer(__NR_mkdirat, sys::seccomp::kNotify)},
    sys::seccomp::kAllow, sys::seccomp::kAllow);

/// What `immure explain` hears of besides the calls that are denied: each call that looks up or executes a path. Like
/// the observer's filter, this one only allows and notifies.
inline constexpr auto kObserveLookups = sys::seccomp::filter(
    {sys::seccomp::answer(__NR_openat, sys::seccomp::kNotify),
     sys::seccomp::answer(__NR_mkdirat, sys::seccomp::kNotify),
     sys::seccomp::when(__NR_newfstatat, 3, sys::seccomp::all_of(AT_EMPTY_PATH), sys::seccomp::kAllow),
     sys::seccomp::answer(__NR_newfstatat, sys::seccomp::kNotify),
     sys::seccomp::when(__NR_statx, 2, sys::seccomp::all_of(AT_EMPTY_PATH), sys::seccomp::kAllow),
     sys::seccomp::answer(__NR_statx, sys::seccomp::kNotify),
     sys::seccomp::answer(__NR_faccessat, sys::seccomp::kNotify),
     sys::seccomp::answer(__NR_faccessat2, sys::seccomp::kNotify),
     sys::seccomp::answer(__NR_readlinkat, sys::seccomp::kNotify),
#if defined(__NR_open)
     sys::seccomp::answer(__NR_open, sys::seccomp::kNotify), sys::seccomp::answer(__NR_creat, sys::seccomp::kNotify),
     sys::seccomp::answer(__NR_mkdir, sys::seccomp::kNotify), sys::seccomp::answer(__NR_stat, sys::seccomp::kNotify),
     sys::seccomp::answer(__NR_lstat, sys::seccomp::kNotify), sys::seccomp::answer(__NR_access, sys::seccomp::kNotify),
     sys::seccomp::answer(__NR_readlink, sys::seccomp::kNotify),
#endif
     sys::seccomp::answer(__NR_execve, sys::seccomp::kNotify), sys::seccomp::answer(__NR_chdir, sys::seccomp::kNotify)},
    sys::seccomp::kAllow, sys::seccomp::kAllow);

}  // namespace immure::cell
