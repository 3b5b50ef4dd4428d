/// Chooses the venue that builds the cell.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "attest/engine/venue_names.hpp"
#include "attest/start/cell.hpp"
#include "plan/plan.hpp"

namespace immure::attest {

struct Choice {
  std::string venue{venue::kAuto};  ///< one of venue::kNames
  /// The OCI runtime for podman, docker and oci; empty for the default of the venue.
  std::string runtime;
  /// The engine keeps nothing for the next run, not even its image.
  bool throwaway = false;
};

/// The venues that `auto` tries, in its order: `native, bubblewrap, podman, docker`.
[[nodiscard]] std::string automatic_order();

struct Started {
  Cell cell;
  std::string venue, version;
  /// The venues that `auto` could not use, each with its reason: `native: reason`.
  std::vector<std::string> passed_over;
};

/// Starts a cell like start_native(), in the chosen venue. `auto` tries the next venue only if a venue cannot be built
/// at all (kUnsupported). A boundary that does not hold is a finding, and no other venue may hide it.
/// `group`: as for start_native().
/// Errors: kInterrupted; the errors of the chosen venue; for `auto`, kUnsupported with the reason of every venue.
[[nodiscard]] Result<Started> start_cell(const Choice& choice, const plan::Plan& plan, const OpenInput& input,
                                         Deadline& deadline, std::shared_ptr<Cgroup> group = nullptr);

}  // namespace immure::attest
