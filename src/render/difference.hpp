/// What two statements say differently, value by value.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "evidence/evidence.hpp"

namespace immure::render {

/// One place. A side is absent where the other one has something that it has not.
struct Difference {
  std::string where;  ///< `host.kernel`, `probes[network/inet-stream].errno`; elements by their name, not their number
  std::optional<std::string> first, second;
};

struct Comparison {
  std::vector<Difference> differences;  ///< in the order of the format
  std::size_t left_out = 0;             ///< values that differ as they do between any two runs
};

/// Compares field by field. Left out, unless `everything`: what no two runs have in common (ids, nonces, times, inodes
/// of namespaces, process ids, resource usage). Elements that a list has on one side alone are one difference.
[[nodiscard]] Comparison compare(const evidence::Statement& first, const evidence::Statement& second, bool everything);

/// In words, a line for each difference; nothing of the evidence stands in them but escaped.
[[nodiscard]] std::string comparison_text(const Comparison& comparison);
/// Canonical JSON, one line. `verified`: both signatures were.
[[nodiscard]] std::string comparison_json(const Comparison& comparison, bool verified);

}  // namespace immure::render
