/// The catalogue of probes in words: one row, all of them, as text, JSON and Markdown.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "probe/catalogue.hpp"

namespace immure::cli {

/// `socket(2, 1, 0)`.
[[nodiscard]] std::string probe_call(const probe::Row& row);
/// In words where the row has some, else the call.
[[nodiscard]] std::string probe_tries(const probe::Row& row);

/// `immure probe show ID`.
[[nodiscard]] std::string probe_text(const probe::Row& row);
[[nodiscard]] std::string probe_json(const probe::Row& row);

/// `immure probe --list`.
[[nodiscard]] std::string probes_text();
[[nodiscard]] std::string probes_json();
/// The whole of docs/probes.md.
[[nodiscard]] std::string probes_markdown();

}  // namespace immure::cli
