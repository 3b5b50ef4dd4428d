/// The supervisor's side of /out: reached from outside, cleaned before the payload, harvested after it.
#pragma once

#include <string>
#include <vector>

#include "evidence/evidence.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "venue/cell.hpp"
#include "venue/room.hpp"

namespace immure::venue {

/// /out of a waiting cell, by a descriptor that outlives the cell. Error kBlocked if it cannot be reached through
/// /proc.
[[nodiscard]] Result<sys::Fd> open_output(int payload_pid);

/// What probes left behind is looked at and removed; afterwards /out is empty.
/// Sets `control_bytes_arrived`, `secret_came_back` (from the probes' answers) and the size the kernel holds /out to.
struct OutputState {
  bool control_bytes_arrived = false;
  Room room;
};
[[nodiscard]] Result<OutputState> check_and_clean(const sys::Fd& output, const std::string& control_bytes);

struct Harvest {
  std::vector<evidence::Artifact> artifacts;  ///< sorted by name
  std::vector<std::string> refused;           ///< `name: reason`, sorted
};

/// Copies what the payload made into the operator's directory and digests it. Only regular files with one link and
/// modes up to 0777 and directories; everything else is refused by name. Each file appears whole or not at all. Errors:
/// kSystem (disk full: names the file).
[[nodiscard]] Result<Harvest> harvest(const sys::Fd& output, const std::string& directory);

}  // namespace immure::venue
