/// An earlier report, and its differences from the present one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sys/error.hpp"

namespace immure::inspect {

/// The part of a report that a comparison needs. Names are escaped, as in reports.
struct Earlier {
  struct Finding {
    std::string rule, path, member;
  };
  std::map<std::string, Finding> findings;     ///< by fingerprint
  std::map<std::string, std::string> entries;  ///< by path: the state of the entry, as digest or kind
};

/// Reads report.json piece by piece: no tree of the report is ever in memory. Errors, kBadInput: not JSON, or no report
/// of the inspector with this version of the schema.
[[nodiscard]] Result<Earlier> parse_earlier(std::string_view text, std::string_view file);

/// What `before` has and `now` lacks, and the other way around; each list is sorted.
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
