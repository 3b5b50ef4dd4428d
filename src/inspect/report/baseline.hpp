/// Findings that the operator has accepted, by fingerprint, each with a reason and a last day.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sys/error.hpp"

namespace immure::inspect {

struct Accepted {
  std::string fingerprint, reason;
  std::string expires;   ///< the last day on which it counts, YYYY-MM-DD
  bool expired = false;  ///< before the day of the inspection
};

/// Sorted by fingerprint.
using Baseline = std::vector<Accepted>;

/// `[[accepted]]` tables with `fingerprint`, `reason` and `expires`, all demanded. `today` as YYYY-MM-DD. Errors,
/// kBadInput, with `file:line:key`: another key, no fingerprint, no reason, no day, a fingerprint given twice.
[[nodiscard]] Result<Baseline> parse_baseline(std::string_view text, std::string_view file, std::string_view today);

}  // namespace immure::inspect
