/// Reads containers as streams. Nothing is ever written to a disk.
#pragma once

#include <cstdint>

#include "inspect/scan/member_sink.hpp"

namespace immure::inspect {

struct Walked {
  bool whole = false;  ///< everything in the container came out
  /// Where the first byte lies that does not belong to the container; 0 if nobody knows.
  std::uint64_t end = 0;
};

/// Reads every member of one container: checks names, links and kinds; counts, hashes and passes contents on. The
/// function enables only the one format. Anything that stops it early becomes a finding.
[[nodiscard]] Walked walk_container(const Walk& walk);

}  // namespace immure::inspect
