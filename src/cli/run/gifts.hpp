/// What a run gives its program although the tests of the acceptance profile `packet` forbid it: --tmp, --read-back,
/// --socket-pairs, and the keys of a profile that mean the same.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/run/launch.hpp"
#include "plan/image/image.hpp"
#include "plan/known_programs.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"

namespace immure::cli {

/// Adds to the profile what the command line gives and what the program is known to need, and prints which acceptance
/// profile the run will claim. Error kBlocked with --strict.
[[nodiscard]] Result<void> give(plan::Profile& profile, const Launch& wanted,
                                const std::vector<const plan::KnownNeed*>& known);

/// False if the image has files below /tmp, for example because the program itself lies there.
[[nodiscard]] bool has_scratch_link(const plan::Closure& closure);

/// Sets the variables that tell the program where its temporary files go.
void name_scratch(std::map<std::string, std::string>& environment, bool has_link);

}  // namespace immure::cli
