/// The outer walls that another program builds around a cell: one row and one file each. The cell in them is the same
/// everywhere; a venue only decides what stands around it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "attest/engine/program.hpp"
#include "attest/engine/venue_names.hpp"
#include "attest/start/prepare.hpp"
#include "file/go_on.hpp"
#include "sys/error.hpp"

namespace immure::attest {

/// What the outer walls are to hold.
struct Enclosure {
  std::string name;              ///< of this run alone: `immure-` and 32 hex digits
  std::string directory;         ///< of this run alone, for what the venue's program wants to read from files
  std::string socket_directory;  ///< to be seen at /run/immure, read-only
  std::string image, input;      ///< to be seen at /image and /in, read-only; empty where the cell gets detached trees
  OuterIds ids{};                ///< the entrypoint runs as this user outside, never as root
  std::string runtime;           ///< the OCI runtime, by name; empty: the venue's own choice
  std::string container_image;   ///< of podman and docker, by name
  bool throwaway = false;        ///< nothing of the engine's stays either: no image, no store
  file::GoOn go_on = {};         ///< of the start of the cell
  int launcher = -1;             ///< this program, open for reading
  int held = -1;                 ///< `directory` stays as long as a program has this descriptor open
  std::uint64_t files = 0, processes = 0;  ///< the cell's limits, which its walls must not undercut
  /// The limits of the walls' own control group: the cell's limit and room for the processes that build the cell. 0 if
  /// the venue's program cannot limit a group here. The supervisor enforces the cell's own limit.
  std::uint64_t memory_bytes = 0;
};

/// How long a venue's program may take to remove what a run left. A program that hung at the start hangs here too.
inline constexpr int kCleanUpMilliseconds = 20'000;

struct Outer {
  std::string_view name;  ///< `podman`
  bool automatic;         ///< `auto` may take it; the others want a choice that only the operator can make
  /// The program's own word for what it is: `podman version 4.3.1`. Error kUnsupported with what would help if it is
  /// missing.
  Result<std::string> (*version)(const std::string& runtime, const file::GoOn& go_on);
  /// The words of the command that starts `/immure enter` in the walls, its program by name. Looks at nothing.
  std::vector<std::string> (*words)(const Enclosure& enclosure);
  /// That command, ready to start. Writes what it needs below `directory`, each file named by
  /// `files()`. Error kUnsupported if this venue cannot serve here.
  Result<Command> (*command)(const Enclosure& enclosure);
  /// Names below `directory`, made before their contents: what is removed at the end, the last one first.
  std::span<const std::string_view> files;
  /// Ends what the command started if it does not end by itself; may be nullptr.
  void (*clean_up)(const Enclosure& enclosure);
};

/// In the order in which `auto` takes them.
[[nodiscard]] std::span<const Outer> outer_venues();
/// The venue of this name, or nullptr.
[[nodiscard]] const Outer* find_outer(std::string_view name);

// The rows, one file each.
extern const Outer kBubblewrap, kPodman, kDocker, kOci;

}  // namespace immure::attest
