/// Landlock (landlock(7)): what a task may still do with files, connections and signals, whatever its ids and the modes
/// say.
#pragma once

#include <cstdint>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::sys {

/// File access rights, as landlock(7) numbers them. `abi` tells since when the kernel has each.
namespace access {
inline constexpr std::uint64_t kExecute = 1ULL << 0;
inline constexpr std::uint64_t kWriteFile = 1ULL << 1;
inline constexpr std::uint64_t kReadFile = 1ULL << 2;
inline constexpr std::uint64_t kReadDirectory = 1ULL << 3;
inline constexpr std::uint64_t kRemoveDirectory = 1ULL << 4;
inline constexpr std::uint64_t kRemoveFile = 1ULL << 5;
inline constexpr std::uint64_t kMakeDirectory = 1ULL << 7;
inline constexpr std::uint64_t kMakeRegular = 1ULL << 8;
inline constexpr std::uint64_t kRefer = 1ULL << 13;        ///< ABI 2, Linux 5.19
inline constexpr std::uint64_t kTruncate = 1ULL << 14;     ///< ABI 3, Linux 6.2
inline constexpr std::uint64_t kIoctlDevice = 1ULL << 15;  ///< ABI 5, Linux 6.10
}  // namespace access

/// The kernel's Landlock ABI (1 is Linux 5.13). ENOSYS: not built in; EOPNOTSUPP: disabled at boot (`lsm=`).
[[nodiscard]] SysResult<unsigned> landlock_abi();

/// Every file access right that an ABI knows; a ruleset handles, and so denies, all of them.
[[nodiscard]] std::uint64_t all_file_access(unsigned abi);

/// A ruleset that denies every file access, and from ABI 4 every TCP bind and connect, from ABI 6 abstract sockets
/// and signals out of the domain, until rules allow some.
[[nodiscard]] SysResult<Fd> new_ruleset(unsigned abi);

/// Allows `rights` (those the ABI lacks are left out) beneath the opened directory or on the opened file.
/// Mounts below it are beneath it too: a rule for / is a rule for everything.
[[nodiscard]] SysResult<void> allow_beneath(int ruleset, unsigned abi, int opened, std::uint64_t rights);

/// Restricts the calling thread to the ruleset, for good. Needs no_new_privs.
[[nodiscard]] SysResult<void> restrict_self(int ruleset);

}  // namespace immure::sys
