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
  bool with_submounts;   ///< the flags hold for what is mounted below as well
  std::uint64_t rights;  ///< what Landlock lets the payload do there; 0: the image has rules by name (Spec)
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

/// Builds the mount tree and makes it the root. Afterwards nothing of the host has a name. On failure page.step says
/// where. `staged`: a detached tree to use as /in instead of the input directory itself, or no descriptor. Needs
/// CAP_SYS_ADMIN over the caller's mount namespace, and ids that tmpfs can write down.
[[nodiscard]] SysResult<void> build_walls(const Spec& spec, sys::Fd staged, Page& page);

/// Landlock ruleset of the payload: reads the image and /in, executes the payload and its loader, creates, writes,
/// renames and removes in /out. Opened and filled after build_walls, used by restrict_self.
[[nodiscard]] SysResult<sys::Fd> payload_ruleset(const Spec& spec);

}  // namespace immure::cell
