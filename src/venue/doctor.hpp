/// What this machine has of what a cell needs, found by trying. Changes nothing, and executes none of its own advice.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace immure::venue {

enum class Finding : std::uint8_t {
  kThere,
  kMissing,   ///< without it there is no cell
  kDegraded,  ///< without it another layer stands alone; the evidence says so
};

/// One thing that the native venue needs.
struct Requirement {
  std::string name;   ///< stable: `user-namespaces`
  std::string needs;  ///< what it is, and since which kernel
  Finding finding = Finding::kThere;
  std::string found;   ///< what was seen: a version, a setting, an errno
  std::string remedy;  ///< a command for the operator to run, or where to go; empty if it is there
};

/// Looks at each by itself, so that one that is missing hides no other. Whether they hold together only a cell can
/// tell.
[[nodiscard]] std::vector<Requirement> native_requirements();

/// What would allow the namespaces that clone3 refused with errno `number`: the first lock that is found closed, as a
/// command where there is one.
[[nodiscard]] std::string namespace_remedy(int number);

}  // namespace immure::venue
