/// Compares two statements value by value.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "evidence/evidence.hpp"

namespace immure::render {

/// One place that differs. A side is absent if only the other statement has a value there.
struct Difference {
  /// Path of the value: `host.kernel`, `probes[network/inet-stream].errno`. Elements have their name, not their number.
  std::string where;
  std::optional<std::string> first, second;
};

struct Comparison {
  std::vector<Difference> differences;  ///< in the order of the evidence format
  /// The number of values that were left out because they differ between any two runs.
  std::size_t left_out = 0;
};

/// Compares two statements field by field. Unless `everything` is true, leaves out what differs between any two runs:
/// ids, nonces, times, inodes of namespaces, process ids, resource usage. An element that only one list has is one
/// difference.
[[nodiscard]] Comparison compare(const evidence::Statement& first, const evidence::Statement& second, bool everything);

/// The differences in words, one line for each. Everything from the evidence is escaped.
[[nodiscard]] std::string comparison_text(const Comparison& comparison);
/// The differences as canonical JSON in one line. `verified`: both signatures were valid.
[[nodiscard]] std::string comparison_json(const Comparison& comparison, bool verified);

}  // namespace immure::render
