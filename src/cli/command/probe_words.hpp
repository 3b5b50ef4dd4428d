/// Writes one probe or the whole catalogue as text, JSON and Markdown.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "probe/catalogue.hpp"

namespace immure::cli {

/// The call of a row, for example `socket(2, 1, 0)`.
[[nodiscard]] std::string probe_call(const probe::Row& row);
/// What the probe tries: in words if the row has words, or else the call.
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
