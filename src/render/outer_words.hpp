/// What a venue has around the cell, in words for every report.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evidence/evidence.hpp"

namespace immure::render {

struct OuterFact {
  std::string_view name;
  std::string value;  ///< raw: whoever shows it escapes it
};

/// The walls that a venue's entrypoint stood in, and the venues that were passed over; nothing for a native run.
[[nodiscard]] std::vector<OuterFact> outer_facts(const evidence::Evidence& evidence);

}  // namespace immure::render
