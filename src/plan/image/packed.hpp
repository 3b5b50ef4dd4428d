/// Files that the operator names.
#pragma once

#include <string>

#include "plan/image/host_files.hpp"
#include "plan/image/image.hpp"

namespace immure::plan {

/// Packs a file that the operator names. The descriptor stays open, so immure packs the file that it looked at, even if
/// the path leads to another file later.
[[nodiscard]] Packed packed(std::string inner, HostFile file);

}  // namespace immure::plan
