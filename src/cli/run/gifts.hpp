/// What a run gives its program beyond what the packet's tests allow: --tmp, --read-back, --socket-pairs and the keys
/// of a profile that mean the same.
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

/// Adds what the command line gives to the profile, and what the program is known to need, and tells what the run will
/// claim. Error kBlocked with --strict.
[[nodiscard]] Result<void> give(plan::Profile& profile, const Launch& wanted,
                                const std::vector<const plan::KnownNeed*>& known);

/// False where the image has files in /tmp, as it does where the program itself lies there.
[[nodiscard]] bool has_scratch_link(const plan::Closure& closure);

/// Tells the program where its temporary files go.
void name_scratch(std::map<std::string, std::string>& environment, bool has_link);

}  // namespace immure::cli
