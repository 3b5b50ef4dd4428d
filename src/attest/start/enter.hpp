/// The entrypoint of a cell in another venue's walls, and what it and the supervisor say to each other.
#pragma once

#include <array>
#include <cstdint>

#include "cell/spec.hpp"

namespace immure::attest {

/// Where the entrypoint finds what the supervisor shows it, inside the outer walls.
inline constexpr const char* kEntrySocket = "/run/immure/socket";
inline constexpr const char* kEntryImage = "/image";
inline constexpr const char* kEntryInput = "/in";
inline constexpr const char* kEntryProgram = "/immure";

/// The supervisor's first word. With it go, in this order: the shared memory, stdin, stdout, stderr, from_supervisor,
/// to_supervisor, the host's /proc, and the detached trees that there are.
struct Hello {
  std::array<char, 16> version{};  ///< of the program, so that two versions never share a World
  std::uint64_t shared_bytes = 0;
  std::uint32_t detached_image = 0, detached_input = 0;  ///< 1: a descriptor for it follows
};

/// The entrypoint's answer. With it goes a descriptor of the cell's first process, if it was made.
struct Answer {
  std::uint32_t step = 0;  ///< EntryStep that failed; kMade if none did
  std::int32_t number = 0;
};
enum class EntryStep : std::uint32_t { kMade, kVersion, kMemory, kNamespaces, kMaps };

/// Connects to the supervisor, starts the cell that it describes, and stays until one of both has ended. Prints
/// nothing but why it cannot connect. Returns an exit code: 0 if a cell was started.
[[nodiscard]] int enter();

}  // namespace immure::attest
