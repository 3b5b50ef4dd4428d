/// The catalogue of programs (plan/known_programs.hpp) in words. `immure help programs` and docs/known-programs.md have
/// the same text.
#pragma once

#include <string>
#include <vector>

#include "plan/known_programs.hpp"

namespace immure::cli {

/// The options of `immure run` that give a program what it needs, for example `--tmp 64MiB`.
[[nodiscard]] std::vector<std::string> options_of(const plan::KnownNeed& need);

/// The whole catalogue, as Markdown with lines of at most 120 characters.
[[nodiscard]] std::string known_programs_text();

}  // namespace immure::cli
