/// The mount API of Linux 5.2 and later, which works on descriptors: a tree is built detached, and then attached in one
/// step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::sys {

/// Mount attributes, with the numbers of mount_setattr(2) and statmount(2).
enum MountFlag : std::uint64_t {
  kReadOnly = 0x1,
  kNoSuid = 0x2,
  kNoDev = 0x4,
  kNoExec = 0x8,
};

/// Makes a detached copy of the mount at `directory`/`path`, with every submount. An empty path means the descriptor
/// itself. Errors: EINVAL if the mount belongs to another mount namespace than the caller's; EPERM if the caller lacks
/// CAP_SYS_ADMIN in that namespace.
[[nodiscard]] SysResult<Fd> clone_tree(int directory, const char* path);

/// Adds `flags` to a mount and, if `recursive`, to every submount in one atomic step, and makes these mounts private
/// (mount_setattr(2), Linux 5.12). The older MS_REMOUNT with MS_REC would leave submounts writable. Error: EBUSY if a
/// process has opened a file for writing through this very mount.
[[nodiscard]] SysResult<void> restrict_tree(int tree, std::uint64_t flags, bool recursive = true);

/// Maps the owners of files in a detached tree through a user namespace (MOUNT_ATTR_IDMAP, Linux 5.12). Error: EINVAL
/// if the file system does not support idmapped mounts.
[[nodiscard]] SysResult<void> map_owners(int tree, int user_namespace);

/// Makes a new detached tmpfs. The kernel enforces `size_bytes` and `inodes`: a write beyond them fails with ENOSPC.
[[nodiscard]] SysResult<Fd> new_tmpfs(std::uint64_t size_bytes, std::uint64_t inodes, unsigned mode,
                                      std::uint64_t flags);

/// Attaches a detached tree at `directory`/`path`. An empty path means the descriptor itself.
[[nodiscard]] SysResult<void> attach(int tree, int directory, const char* path);

/// Makes the mount at `new_root` the root and the working directory, and detaches the old root with everything below
/// it.
[[nodiscard]] SysResult<void> pivot_into(int new_root);

/// One row of the mount table.
struct MountRow {
  std::uint64_t flags = 0;  ///< MountFlag bits
  /// The mount point as seen from the caller's root. `cut` tells that a name was too long and was shortened.
  char point[232] = {};
  char type[24] = {};
  bool cut = false;
};

/// Reads the caller's mount table with listmount(2) and statmount(2) (Linux 6.8). Returns the number of mounts, which
/// may be larger than rows.size(). Error: ENOSYS on older kernels. The function does not ask for source paths, which
/// are names of the host.
[[nodiscard]] SysResult<std::size_t> read_mounts(std::span<MountRow> rows);

}  // namespace immure::sys
