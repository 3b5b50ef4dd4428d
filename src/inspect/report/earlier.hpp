/// An earlier report, and what is different now.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sys/error.hpp"

namespace immure::inspect {

/// What a comparison needs of a report. Names are as reports have them, escaped.
struct Earlier {
  struct Finding {
    std::string rule, path, member;
  };
  std::map<std::string, Finding> findings;     ///< by fingerprint
  std::map<std::string, std::string> entries;  ///< by path: what it was, as digest or kind
};

/// Reads report.json as it comes: no tree of it is ever in memory. Errors, kBadInput: not JSON, or no report of the
/// inspector of this version of the schema.
[[nodiscard]] Result<Earlier> parse_earlier(std::string_view text, std::string_view file);

/// What of `before` is not in `now`, and the other way around; each sorted.
struct Changes {
  struct Finding {
    std::string fingerprint, rule, path, member;
  };
  std::vector<Finding> gone, fresh;
  std::uint64_t same_findings = 0;
  std::vector<std::string> added, removed, changed;  ///< paths of entries
  std::uint64_t same_entries = 0;
};
[[nodiscard]] Changes compare(const Earlier& before, const Earlier& now);

}  // namespace immure::inspect
