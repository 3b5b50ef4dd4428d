/// Landlock (landlock(7)) limits what a task may do with files, connections and signals. The limits hold whatever user
/// id the task has and whatever the modes of files allow.
#pragma once

#include <cstdint>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::sys {

/// File access rights, with the numbers of landlock(7). The comments name the first ABI that has a right.
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

/// The kernel's Landlock ABI; Linux 5.13 has ABI 1. Errors: ENOSYS (the kernel was built without Landlock), EOPNOTSUPP
/// (the boot parameter `lsm=` disables Landlock).
[[nodiscard]] SysResult<unsigned> landlock_abi();

/// Every file access right that an ABI knows. Our rulesets handle all of these rights, and so deny each right that no
/// rule allows.
[[nodiscard]] std::uint64_t all_file_access(unsigned abi);

/// Makes a ruleset that denies every file access, from ABI 4 every TCP bind and connect, and from ABI 6 abstract
/// sockets and signals that leave the domain. Rules added to the ruleset allow accesses again.
[[nodiscard]] SysResult<Fd> new_ruleset(unsigned abi);

/// Adds a rule that allows `rights` on the opened file, or beneath the opened directory. The function leaves out rights
/// that the ABI lacks. Mounts below a directory count as beneath it, so a rule for / allows the rights on everything.
[[nodiscard]] SysResult<void> allow_beneath(int ruleset, unsigned abi, int opened, std::uint64_t rights);

/// The flags for restrict_self() that keep what this thread is denied out of the host's audit log, and let the log have
/// what the program after the next exec is denied (LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF and _LOG_NEW_EXEC_ON, ABI
/// 7, Linux 6.15). An older kernel logs nothing of Landlock, knows no flags, and gets none.
[[nodiscard]] constexpr std::uint32_t log_only_after_exec(unsigned abi) { return abi >= 7 ? 0b11U : 0U; }

/// Restricts the calling thread to the ruleset, for good. Needs no_new_privs (EPERM otherwise). Error EINVAL: the
/// kernel does not know the flags.
[[nodiscard]] SysResult<void> restrict_self(int ruleset, std::uint32_t flags = 0);

}  // namespace immure::sys
