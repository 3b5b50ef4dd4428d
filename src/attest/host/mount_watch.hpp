/// Notices when somebody mounts or unmounts a file system.
#pragma once

#include "sys/fd.hpp"

namespace immure::attest {

/// Watches the mounts of this process's mount namespace. /proc/PID/mountinfo reports each change of the table to
/// poll(2), even if the table is the same again afterwards. So a path that was walked twice led to the same place both
/// times if nothing has changed in between; a mount that comes and goes between two looks at the table would otherwise
/// leave no trace.
class MountWatch {
 public:
  /// Begins to watch now.
  MountWatch();
  /// True if a mount came, went or changed since the last call, or if nobody can tell. A change anywhere in the
  /// namespace counts, so the function also reports changes that do not concern the caller.
  [[nodiscard]] bool changed();

 private:
  sys::Fd table_;
};

}  // namespace immure::attest
