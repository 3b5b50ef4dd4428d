/// The digest of an input's manifest, computed without a run.
#pragma once

#include <string>
#include <vector>

#include "sys/error.hpp"

namespace immure::cli {

/// The digest that evidence of a run with these values of --in has as `input.manifestSha256`. Errors: those of
/// hold_inputs() and of file::scan(); kBadInput for a file that is unreadable, or changes meanwhile.
[[nodiscard]] Result<std::string> manifest_of(const std::vector<std::string>& values);

}  // namespace immure::cli
