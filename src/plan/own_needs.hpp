/// Additions of the operator to the catalogue of programs (known_programs.hpp).
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plan/known_programs.hpp"
#include "sys/error.hpp"

namespace immure::plan {

struct OwnNeeds {
  std::vector<KnownNeed> needs;
  std::deque<std::string> texts;  ///< what the views in `needs` point into
};

/// Reads a file in the form of catalogue/programs.toml, of at most 64 KiB. Error kBadInput, with `file:line:key`.
[[nodiscard]] Result<std::shared_ptr<const OwnNeeds>> read_needs(const std::string& path);

/// Like read_needs(), for a text. `file` is for messages.
[[nodiscard]] Result<std::shared_ptr<const OwnNeeds>> parse_needs(std::string_view text, std::string_view file);

}  // namespace immure::plan
