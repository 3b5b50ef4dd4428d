/// Gives up privilege, and reads which privilege is left.
#pragma once

#include <array>
#include <cstdint>

#include "sys/error.hpp"
#include "sys/kernel.hpp"

namespace immure::sys {

/// Securebits (capabilities(7)): NOROOT, NO_SETUID_FIXUP and NO_CAP_AMBIENT_RAISE are set and locked; KEEP_CAPS is
/// locked in its unset state.
inline constexpr std::uint32_t kLockedSecurebits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                                                   SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
                                                   SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;

/// Sets the real, effective and saved group id and user id. The caller's user namespace must map both ids (EINVAL
/// otherwise).
[[nodiscard]] SysResult<void> become(std::uint32_t uid, std::uint32_t gid);

/// Locks the securebits, empties all five capability sets and sets no_new_privs. The securebits must come first,
/// because locking them needs CAP_SETPCAP, which the second step gives up.
[[nodiscard]] SysResult<void> drop_privilege();

/// Empties the five capability sets, and changes nothing else.
[[nodiscard]] SysResult<void> empty_capabilities();

/// The five capability sets (capabilities(7)). Bit n stands for capability n.
struct CapabilitySets {
  std::uint64_t effective = 0, permitted = 0, inheritable = 0, bounding = 0, ambient = 0;
  [[nodiscard]] bool empty() const { return (effective | permitted | inheritable | bounding | ambient) == 0; }
};
[[nodiscard]] SysResult<CapabilitySets> capability_sets();
/// Reads the three sets that one capget(2) returns. The bounding and the ambient set of the result are empty.
[[nodiscard]] SysResult<CapabilitySets> current_sets();

}  // namespace immure::sys
