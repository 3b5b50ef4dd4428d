/// The system calls that take a path, and which arguments hold the path. The walks of faults and of races use this
/// table.
#pragma once

#include <algorithm>
#include <iterator>

#include <sys/syscall.h>

namespace immure::faults {

/// Indexes of arguments. Without a directory argument, the path is relative to the working directory.
struct PathCall {
  static constexpr int kNone = -1;
  int nr;
  int directory, path;
  int other_directory = kNone, other_path = kNone;
};

inline constexpr PathCall kPathCalls[] = {
#if defined(SYS_open)
    {SYS_open, PathCall::kNone, 0},
    {SYS_creat, PathCall::kNone, 0},
    {SYS_stat, PathCall::kNone, 0},
    {SYS_lstat, PathCall::kNone, 0},
    {SYS_access, PathCall::kNone, 0},
    {SYS_readlink, PathCall::kNone, 0},
    {SYS_mkdir, PathCall::kNone, 0},
    {SYS_rmdir, PathCall::kNone, 0},
    {SYS_unlink, PathCall::kNone, 0},
    {SYS_chmod, PathCall::kNone, 0},
    {SYS_chown, PathCall::kNone, 0},
    {SYS_lchown, PathCall::kNone, 0},
    {SYS_mknod, PathCall::kNone, 0},
    {SYS_rename, PathCall::kNone, 0, PathCall::kNone, 1},
    {SYS_link, PathCall::kNone, 0, PathCall::kNone, 1},
    {SYS_symlink, PathCall::kNone, 1},
#endif
    {SYS_openat, 0, 1},
    {SYS_openat2, 0, 1},
    {SYS_newfstatat, 0, 1},
    {SYS_statx, 0, 1},
    {SYS_faccessat, 0, 1},
    {SYS_faccessat2, 0, 1},
    {SYS_readlinkat, 0, 1},
    {SYS_mkdirat, 0, 1},
    {SYS_mknodat, 0, 1},
    {SYS_unlinkat, 0, 1},
    {SYS_fchmodat, 0, 1},
    {SYS_fchownat, 0, 1},
    {SYS_utimensat, 0, 1},
    {SYS_name_to_handle_at, 0, 1},
    {SYS_open_tree, 0, 1},
    {SYS_mount_setattr, 0, 1},
    {SYS_execveat, 0, 1},
#if defined(SYS_renameat)
    {SYS_renameat, 0, 1, 2, 3},
#endif
    {SYS_renameat2, 0, 1, 2, 3},
    {SYS_linkat, 0, 1, 2, 3},
    {SYS_move_mount, 0, 1, 2, 3},
    {SYS_symlinkat, 1, 2},
    {SYS_execve, PathCall::kNone, 0},
    {SYS_statfs, PathCall::kNone, 0},
    {SYS_chdir, PathCall::kNone, 0},
    {SYS_chroot, PathCall::kNone, 0},
    {SYS_truncate, PathCall::kNone, 0},
    {SYS_umount2, PathCall::kNone, 0},
    {SYS_getxattr, PathCall::kNone, 0},
    {SYS_lgetxattr, PathCall::kNone, 0},
    {SYS_listxattr, PathCall::kNone, 0},
    {SYS_llistxattr, PathCall::kNone, 0},
    {SYS_setxattr, PathCall::kNone, 0},
    {SYS_lsetxattr, PathCall::kNone, 0},
    {SYS_mount, PathCall::kNone, 0, PathCall::kNone, 1},
    {SYS_pivot_root, PathCall::kNone, 0, PathCall::kNone, 1},
};

[[nodiscard]] inline const PathCall* path_call(int nr) {
  const auto* const found = std::ranges::find(kPathCalls, nr, &PathCall::nr);
  return found == std::end(kPathCalls) ? nullptr : found;
}

}  // namespace immure::faults
