/// What is told by the listing alone: names, modes, links. Nothing is opened for it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "inspect/input_root.hpp"
#include "inspect/scan/findings.hpp"

namespace immure::inspect {

/// A mode in four octal digits.
[[nodiscard]] std::string octal(std::uint32_t mode);

/// Adds to `results`, which has one place for each entry of `entries` (sorted by path).
void check_entries(const std::vector<Entry>& entries, std::vector<FileResult*>& results);

}  // namespace immure::inspect
