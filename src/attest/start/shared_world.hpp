/// A cell's World in memory that the supervisor shares with an entrypoint in another venue's walls. Both are the same
/// static program and map it at the same address, so that what the Spec points at is there for both.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cell/spec.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

/// Within 38 bits, so that it is an address on every machine, and far from where a static program has its own.
inline constexpr std::uintptr_t kWorldAddress = 0x30'0000'0000;
/// Room for the Spec and all its texts: arguments are limited to 2 MiB by the kernel as well (execve(2)).
inline constexpr std::size_t kArenaBytes = 4U << 20;
inline constexpr std::size_t kSharedBytes = sizeof(cell::World) + kArenaBytes;

/// New memory, mapped at kWorldAddress: a World of zeros, and behind it the arena.
struct SharedWorld {
  sys::Fd memory;
  cell::World* world;
};
[[nodiscard]] Result<SharedWorld> new_shared_world();

/// Copies `spec` and all that it points at into the arena and makes it the World's. Error kBadInput if it is too large.
[[nodiscard]] Result<void> place_spec(cell::World& world, const cell::Spec& spec);

/// The entrypoint's side: maps what the supervisor made.
[[nodiscard]] SysResult<cell::World*> map_shared_world(int memory);

}  // namespace immure::attest
