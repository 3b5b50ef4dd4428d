/// Giving up privilege, and looking at what is left.
#pragma once

#include <array>
#include <cstdint>

#include "sys/error.hpp"
#include "sys/kernel.hpp"

namespace immure::sys {

/// NOROOT, NO_SETUID_FIXUP and NO_CAP_AMBIENT_RAISE, set and locked, KEEP_CAPS locked off (capabilities(7)).
inline constexpr std::uint32_t kLockedSecurebits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                                                   SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
                                                   SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;

/// Real, effective and saved group and user id. Ids must be mapped in the caller's user namespace.
[[nodiscard]] SysResult<void> become(std::uint32_t uid, std::uint32_t gid);

/// Locks the securebits, empties all five capability sets and sets no_new_privs. In this order: each step needs what
/// the next one takes away.
[[nodiscard]] SysResult<void> drop_privilege();

/// Empties the five capability sets alone.
[[nodiscard]] SysResult<void> empty_capabilities();

/// The five sets, bit n for capability n: effective, permitted, inheritable, bounding, ambient.
struct CapabilitySets {
  std::uint64_t effective = 0, permitted = 0, inheritable = 0, bounding = 0, ambient = 0;
  [[nodiscard]] bool empty() const { return (effective | permitted | inheritable | bounding | ambient) == 0; }
};
[[nodiscard]] SysResult<CapabilitySets> capability_sets();
/// The three sets that capget(2) reads at once; the other two are left empty.
[[nodiscard]] SysResult<CapabilitySets> current_sets();

}  // namespace immure::sys
