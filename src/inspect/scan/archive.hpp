/// Reads containers as streams through libarchive. Nothing is ever written to a disk.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "inspect/limits.hpp"
#include "inspect/scan/file_type.hpp"
#include "inspect/scan/findings.hpp"

namespace immure::inspect {

/// The rest of the budget for one file of the drop, all its layers together.
struct Budget {
  std::uint64_t expanded;
  std::uint64_t members;
};

/// A container's bytes: in memory, or behind a descriptor if the container is larger than the part that is analysed.
struct ContainerBytes {
  Bytes memory;
  int fd = -1;
  std::uint64_t size = 0;
};

/// A regular member that was unpacked.
struct MemberContent {
  Bytes bytes;        ///< the beginning of the member
  bool whole = true;  ///< `bytes` has the whole member
  std::uint64_t size = 0;
  std::uint16_t type = 0;
  const std::string& path;
};

/// Reads every member of one container: checks names, links and kinds; counts, hashes and passes contents to `content`.
/// Returns true if everything was read. `where` is the container's own member path, empty for the file itself; `name`
/// is its last name. The function enables only the one format. Anything that stops it early becomes a finding.
[[nodiscard]] bool walk_container(Container container, const ContainerBytes& bytes, const std::string& where,
                                  std::string_view name, const Limits& limits, Budget& budget, FileResult& result,
                                  const std::function<void(const MemberContent&)>& content);

}  // namespace immure::inspect
