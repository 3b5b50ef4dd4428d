/// The outer walls that another program builds around a cell. Each venue has one OuterSandbox and one source file. The
/// cell inside is the same everywhere: a venue only decides what stands around the cell.
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

/// What the outer walls enclose, and how they are to be built.
struct Enclosure {
  std::string name;  ///< name that only this run has: `immure-` and 32 hex digits
  /// A directory that only this run uses, for files that the venue's program reads.
  std::string directory;
  std::string socket_directory;  ///< appears at /run/immure inside, read-only
  /// Appear at /image and /in inside, read-only; empty if the cell gets detached trees.
  std::string image, input;
  OuterIds ids{};               ///< the entrypoint runs as this user outside, never as root
  std::string runtime;          ///< name of the OCI runtime; empty for the venue's own choice
  std::string container_image;  ///< name of the image for podman and docker
  bool throwaway = false;       ///< also remove the engine's image and store afterwards
  file::GoOn go_on = {};        ///< the deadline for the start of the cell
  int launcher = -1;            ///< this program, open for reading
  /// `directory` is not removed while any process has this descriptor open.
  int held = -1;
  std::uint64_t files = 0, processes = 0;  ///< the cell's limits; those of the walls must not be lower
  /// The limits of the walls' own control group: the cell's limit plus room for the processes that build the cell. 0 if
  /// the venue's program cannot limit a group here. The supervisor enforces the cell's own limit.
  std::uint64_t memory_bytes = 0;
};

/// How long a venue's program may take to remove what a run left. A program that hung at the start would hang here too.
inline constexpr int kCleanUpMilliseconds = 20'000;

struct OuterSandbox {
  std::string_view name;  ///< for example `podman`
  /// True if `auto` may use this venue. The other venues need a choice that only the operator can make.
  bool automatic;
  /// Returns what the program says about itself: `podman version 4.3.1`. Error kUnsupported, with advice, if the
  /// program is missing.
  Result<std::string> (*version)(const std::string& runtime, const file::GoOn& go_on);
  /// The words of the command that starts `/immure enter` inside the walls. The first word is the name of the program.
  /// Reads nothing from the host.
  std::vector<std::string> (*words)(const Enclosure& enclosure);
  /// The same command, ready to start. Writes the files that the command needs below `directory`; `files` lists their
  /// names. Error kUnsupported if this venue cannot serve here.
  Result<Command> (*command)(const Enclosure& enclosure);
  /// Names below `directory`, a directory before its contents. At the end the names are removed in reverse order.
  std::span<const std::string_view> files;
  /// Ends the container or sandbox that the command started, if it does not end by itself. May be nullptr.
  void (*clean_up)(const Enclosure& enclosure);
};

/// All venues with outer walls, in the order in which `auto` tries them.
[[nodiscard]] std::span<const OuterSandbox> outer_venues();
/// The venue with this name, or nullptr.
[[nodiscard]] const OuterSandbox* find_outer(std::string_view name);

// The venues with outer walls. Each is defined in a file of its own.
extern const OuterSandbox kBubblewrap, kPodman, kDocker, kOci;

}  // namespace immure::attest
