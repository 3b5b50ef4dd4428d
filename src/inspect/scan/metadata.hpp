/// Checks that need only the listing: names, modes, links. This code opens no file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "inspect/input_root.hpp"
#include "inspect/scan/findings.hpp"

namespace immure::inspect {

/// A mode as four octal digits.
[[nodiscard]] std::string octal(std::uint32_t mode);

/// Adds findings to `results`, which has one element for each entry of `entries`. The entries must be sorted by path.
void check_entries(const std::vector<Entry>& entries, std::vector<FileResult*>& results);

}  // namespace immure::inspect
