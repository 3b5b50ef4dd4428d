/// Finds out which devices lie below a file system, and so whether its files can change without a write through this
/// kernel's file system.
#pragma once

#include <string>

#include <sys/types.h>

#include "sys/error.hpp"

namespace immure::file {

/// Where the kernel lists block devices and mounts. Tests use directories of their own instead.
struct GroundSources {
  std::string sys = "/sys";
  std::string mountinfo = "/proc/self/mountinfo";
};

/// Why the contents of the file system on which the opened `entry` lies may change unseen although the owners and modes
/// of its files let nobody write to them. Empty if only this kernel's file system can change them. `entry` may be
/// O_PATH. If the function cannot find out, it returns this failure as a reason.
///
/// - tmpfs, ramfs and hugetlbfs: a page that a former owner pinned (an io_uring buffer) stays writable for that owner.
/// - a file system of another machine or program (NFS, FUSE), or one above other file systems (overlayfs).
/// - a loop device, or a block device that another machine or program serves, somewhere below the file system: the
///   bytes can change without a write through the file system.
[[nodiscard]] std::string why_changeable(int entry, const GroundSources& sources = {});

/// Like why_changeable(), for a root directory that the operator names, and that is copied before anything is signed.
/// Two reasons do not count here, because a container has both: an overlayfs, which the container's engine has made,
/// and a host that does not tell on which disks its file systems lie (no /sys). No proof depends on the original,
/// because the evidence has the digest of the copy.
[[nodiscard]] std::string why_root_changeable(int entry, const GroundSources& sources = {});

/// Like why_changeable(), for the file system of one block device, from what `sys` says about this device and about the
/// devices below it.
[[nodiscard]] std::string why_changeable_device(dev_t device, const std::string& sys);

/// Like the function above, for every device of the btrfs that has `device` among its devices.
[[nodiscard]] std::string why_changeable_btrfs(dev_t device, const std::string& sys);

/// Error kBadInput if the opened `entry`, called `where` in the message, lies on one of the kernel's own file
/// systems (`proc`, `sysfs`, …). The kernel makes the files of such a file system when somebody reads them, and the set
/// of files can change during a listing. An entry whose file system cannot be read is no error, because the verifier's
/// own sandbox denies statfs(2).
[[nodiscard]] Result<void> check_holds_data(int entry, const std::string& where);

}  // namespace immure::file
