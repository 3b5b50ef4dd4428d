/// A cell's World in memory that the supervisor shares with an entrypoint in another venue's walls. Both processes are
/// the same static program and map the memory at the same address, so the pointers in the Spec are valid in both.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cell/spec.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

/// The address has at most 38 bits, so it exists on every machine. The address is far from the addresses that a static
/// program uses.
inline constexpr std::uintptr_t kWorldAddress = 0x30'0000'0000;
/// How far the Worlds of the stages of a pipeline lie apart in the memory of the supervisor.
inline constexpr std::uintptr_t kWorldsApart = 0x1000'0000;
/// Room for the Spec and all its texts. The kernel limits arguments to 2 MiB too (execve(2)).
inline constexpr std::size_t kArenaBytes = 4U << 20;
inline constexpr std::size_t kSharedBytes = sizeof(cell::World) + kArenaBytes;
static_assert(kSharedBytes < kWorldsApart);

/// New memory that is mapped at the address for this stage of a pipeline (0: no pipeline): a World of zeros, followed
/// by the arena.
struct SharedWorld {
  sys::Fd memory;
  cell::World* world;
};
[[nodiscard]] Result<SharedWorld> new_shared_world(std::uint32_t stage);

/// Copies `spec` and everything that it points at into the arena, and makes the copy the Spec of `world`. Error
/// kBadInput if the copy is too large.
[[nodiscard]] Result<void> place_spec(cell::World& world, const cell::Spec& spec);

/// Maps the supervisor's memory into the entrypoint, at the address for this stage.
[[nodiscard]] SysResult<cell::World*> map_shared_world(int memory, std::uint32_t stage);

}  // namespace immure::attest
