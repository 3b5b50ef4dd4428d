/// The walls of a cell: its root, /in and /out, built detached and moved into place.
#pragma once

#include <cstdint>

#include "cell/spec.hpp"
#include "sys/error.hpp"
#include "sys/landlock.hpp"
#include "sys/mount.hpp"

namespace immure::cell {

/// One of the cell's mounts.
struct MountRule {
  const char* target;    ///< as the payload sees it
  std::uint64_t flags;   ///< what nobody may do there (mount_setattr(2))
  bool with_submounts;   ///< the flags also apply to mounts below this one
  std::uint64_t rights;  ///< what Landlock allows the payload there; 0: Spec names the paths of the image
};

struct MountRules {
  MountRule image, input, output;
};

/// The whole file system of a cell.
inline constexpr MountRules kMountRules = {
    .image = {"/", sys::kReadOnly | sys::kNoSuid | sys::kNoDev, true, 0},
    .input = {"/in", sys::kReadOnly | sys::kNoSuid | sys::kNoDev | sys::kNoExec, true,
              sys::access::kReadFile | sys::access::kReadDirectory},
    .output = {"/out", sys::kNoSuid | sys::kNoDev | sys::kNoExec, true,
               sys::access::kWriteFile | sys::access::kTruncate | sys::access::kMakeRegular |
                   sys::access::kMakeDirectory | sys::access::kRemoveFile | sys::access::kRemoveDirectory |
                   sys::access::kRefer},
};

/// What nobody may do through the cell's mount of the null device. The mount cannot have kNoDev.
[[nodiscard]] std::uint64_t null_device_flags();

/// Builds the mount tree and makes it the root. Afterwards no path leads to a file of the host. On failure page.step
/// says which step failed. `staged`: a detached tree to use as /in instead of the input directory itself, or no
/// descriptor. Needs CAP_SYS_ADMIN over the caller's mount namespace, and user and group ids that the user namespace
/// maps.
[[nodiscard]] SysResult<void> build_walls(const Spec& spec, sys::Fd staged, Page& page);

/// Makes the payload's Landlock ruleset, for restrict_self(): the payload may read the image and /in, execute the
/// program and its loader, and create, write, rename and remove files in /out. Call this after build_walls().
[[nodiscard]] SysResult<sys::Fd> payload_ruleset(const Spec& spec);

}  // namespace immure::cell
