/// Describes the walls of a venue in words, for every report.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evidence/evidence.hpp"

namespace immure::render {

struct OuterFact {
  std::string_view name;
  std::string value;  ///< raw; escape it before showing it
};

/// Facts about the walls around a venue's entrypoint and about the venues that were passed over; empty for a native
/// run.
[[nodiscard]] std::vector<OuterFact> outer_facts(const evidence::Evidence& evidence);

}  // namespace immure::render
