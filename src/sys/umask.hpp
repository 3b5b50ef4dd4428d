/// The umask of immure's own processes.
#pragma once

#include <sys/stat.h>

namespace immure::sys {

/// Sets the umask to what the caller chose for its group and for others, and denies them writing in any case. Without
/// the owner's rights immure could not use its own directories, and where others may write, they could plant files
/// among root's outputs. Call this function first in main(), while there is one thread.
inline void set_own_umask() {
  constexpr mode_t kOfOthers = S_IRWXG | S_IRWXO, kWriteOfOthers = S_IWGRP | S_IWOTH;
  const mode_t chosen = ::umask(kOfOthers);
  ::umask((chosen & kOfOthers) | kWriteOfOthers);
}

}  // namespace immure::sys
