/// The entrypoint of a cell in another venue's walls, and the messages between entrypoint and supervisor.
#pragma once

#include <array>
#include <cstdint>

#include "cell/spec.hpp"

namespace immure::attest {

/// The path of the supervisor's socket inside the outer walls.
inline constexpr const char* kEntrySocket = "/run/immure/socket";
inline constexpr const char* kEntryImage = "/image";
inline constexpr const char* kEntryInput = "/in";
inline constexpr const char* kEntryProgram = "/immure";

/// The supervisor's message. The message carries descriptors, in this order: the shared memory, stdin, stdout, stderr,
/// from_supervisor, to_supervisor, the host's /proc, and the detached trees that exist.
struct Hello {
  /// The version of immure, so that two versions never share a World.
  std::array<char, 16> version{};
  std::uint64_t shared_bytes = 0;
  std::uint32_t detached_image = 0, detached_input = 0;  ///< 1 if a descriptor of this tree follows
  std::uint32_t stage = 0;  ///< the place in a pipeline, which decides where the World lies
};

/// The entrypoint's answer. The answer carries a pidfd of the cell's first process, if this process was made.
struct Answer {
  std::uint32_t step = 0;  ///< the EntryStep that failed, or kMade if none did
  std::int32_t errno_value = 0;
};
enum class EntryStep : std::uint32_t { kMade, kVersion, kMemory, kNamespaces, kMaps };

/// Connects to the supervisor, starts the cell that the supervisor describes, and waits until the supervisor or the
/// cell has ended. Prints nothing, except why it cannot connect. Returns an exit code: 0 if a cell was started.
[[nodiscard]] int enter();

}  // namespace immure::attest
