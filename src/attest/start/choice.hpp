/// Which venue builds the cell.
#pragma once

#include <string>
#include <vector>

#include "attest/engine/venue_names.hpp"
#include "attest/start/cell.hpp"
#include "plan/plan.hpp"

namespace immure::attest {

struct Choice {
  std::string venue{venue::kAuto};  ///< one of venue::kNames
  std::string runtime;              ///< OCI runtime of podman, docker and oci; empty: their own default
  bool throwaway = false;           ///< the engine keeps nothing for the next run, not even its image
};

/// Those that `auto` takes, in its order: `native, bubblewrap, podman, docker`.
[[nodiscard]] std::string automatic_order();

struct Started {
  Cell cell;
  std::string venue, version;
  std::vector<std::string> passed_over;  ///< venues that `auto` could not take: `native: reason`
};

/// Starts a cell as start_native does. `auto` goes on to the next venue only where one cannot be built at all
/// (kUnsupported): a boundary that does not hold is a finding, and no other venue hides it.
/// Errors: kInterrupted, those of the chosen venue; of `auto`, kUnsupported with every venue's reason.
[[nodiscard]] Result<Started> start_cell(const Choice& choice, const plan::Plan& plan, const OpenInput& input,
                                         Deadline& deadline);

}  // namespace immure::attest
