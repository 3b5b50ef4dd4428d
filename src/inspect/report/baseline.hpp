/// Findings that the operator has accepted. Each has a fingerprint, a reason and a last day.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sys/error.hpp"

namespace immure::inspect {

struct Accepted {
  std::string fingerprint, reason;
  std::string expires;   ///< the last day on which the acceptance counts, YYYY-MM-DD
  bool expired = false;  ///< that day lies before the day of the inspection
};

/// Sorted by fingerprint.
using Baseline = std::vector<Accepted>;

/// Reads `[[accepted]]` tables, which must have `fingerprint`, `reason` and `expires`. `today` has the form YYYY-MM-DD.
/// Errors, kBadInput with `file:line:key`: any other key, a missing or malformed value, a fingerprint that occurs
/// twice.
[[nodiscard]] Result<Baseline> parse_baseline(std::string_view text, std::string_view file, std::string_view today);

}  // namespace immure::inspect
