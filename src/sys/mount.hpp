/// The mount API of Linux 5.2 and later, by descriptors: a tree is built detached and moved into place once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::sys {

/// Mount attributes, as mount_setattr(2) and statmount(2) number them.
enum MountFlag : std::uint64_t {
  kReadOnly = 0x1,
  kNoSuid = 0x2,
  kNoDev = 0x4,
  kNoExec = 0x8,
};

/// A detached copy of the mount at `directory`/`path` (empty path: the descriptor itself) with every submount.
/// The mount must belong to the caller's mount namespace (EINVAL otherwise). Needs CAP_SYS_ADMIN there.
[[nodiscard]] SysResult<Fd> clone_tree(int directory, const char* path);

/// Adds `flags` to a mount and every submount, atomically, and makes them private. MS_REMOUNT with MS_REC leaves
/// submounts writable; this does not. EBUSY: somebody holds a file there open for writing through this very mount.
[[nodiscard]] SysResult<void> restrict_tree(int tree, std::uint64_t flags, bool recursive = true);

/// Maps owners of a detached tree through a user namespace (Linux 5.12). EINVAL: the file system cannot.
[[nodiscard]] SysResult<void> map_owners(int tree, int user_namespace);

/// A new detached tmpfs. `size_bytes` and `inodes` are the kernel's own limits: beyond them writers get ENOSPC.
[[nodiscard]] SysResult<Fd> new_tmpfs(std::uint64_t size_bytes, std::uint64_t inodes, unsigned mode,
                                      std::uint64_t flags);

/// Attaches a detached tree at `directory`/`path` (empty path: the descriptor itself).
[[nodiscard]] SysResult<void> attach(int tree, int directory, const char* path);

/// Makes the mount at `new_root` the root and the working directory, and detaches the old root with all below it.
[[nodiscard]] SysResult<void> pivot_into(int new_root);

/// One row of the mount table.
struct MountRow {
  std::uint64_t flags = 0;  ///< MountFlag bits
  char point[232] = {};     ///< as seen from the caller's root; cut names are marked by `cut`
  char type[24] = {};
  bool cut = false;
};

/// The caller's mount table by listmount(2) and statmount(2), Linux 6.8. Returns the number of mounts, which may be
/// larger than rows.size(). ENOSYS on older kernels. Source paths of the host are not asked for.
[[nodiscard]] SysResult<std::size_t> read_mounts(std::span<MountRow> rows);

}  // namespace immure::sys
