/// Containers, streamed through libarchive: nothing is ever written to a disk.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "inspect/limits.hpp"
#include "inspect/scan/file_type.hpp"
#include "inspect/scan/findings.hpp"

namespace immure::inspect {

/// What is left for one file of the drop, all its layers together.
struct Budget {
  std::uint64_t expanded;
  std::uint64_t members;
};

/// A container's bytes: in memory, or, when they are more than are analysed, behind a descriptor.
struct ContainerBytes {
  Bytes memory;
  int fd = -1;
  std::uint64_t size = 0;
};

/// A regular member that came out.
struct MemberContent {
  Bytes bytes;        ///< its beginning
  bool whole = true;  ///< `bytes` are all of it
  std::uint64_t size = 0;
  std::uint16_t type = 0;
  const std::string& path;
};

/// Reads every member of one container: names, links and kinds are checked, contents counted, hashed and handed to
/// `content`; true if that was all of it. `where` is the container's own member path, empty for the file itself; `name`
/// is its last name. Only the one format is enabled. Whatever stops it early is a finding.
[[nodiscard]] bool walk_container(Container container, const ContainerBytes& bytes, const std::string& where,
                                  std::string_view name, const Limits& limits, Budget& budget, FileResult& result,
                                  const std::function<void(const MemberContent&)>& content);

}  // namespace immure::inspect
