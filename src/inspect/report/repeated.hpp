/// Removes what a container repeats of its members.
#pragma once

#include "inspect/scan/findings.hpp"
#include "inspect/scan/rule_set.hpp"

namespace immure::inspect {

/// The members of a tar stand in it as they are, so rules match in the tar what they match in the member. Such a
/// finding stays only where it says more: at the member.
void drop_repeated(FileResult& result, const RuleSet& rules);

}  // namespace immure::inspect
