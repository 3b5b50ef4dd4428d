/// Programs that do not do their job without the data of their packages.
#pragma once

#include <string_view>

namespace immure::plan {

/// True if immure packs the packages of this program unless the operator asks for something else. `named` is the path
/// that the operator or PATH names, and `resolved` the same with links resolved. A program outside of the system's
/// directories is none of these, whatever its name.
[[nodiscard]] bool needs_its_packages(std::string_view named, std::string_view resolved);

}  // namespace immure::plan
