/// The value of a limit, for people.
#pragma once

#include <cstdint>
#include <string>

#include "probe/limits.hpp"

namespace immure::plan {

/// `64 MiB`, `300 s`, `1500 ms` or `64`: the largest unit in which the value is a whole number.
[[nodiscard]] std::string value_text(probe::Unit unit, std::uint64_t value);

}  // namespace immure::plan
