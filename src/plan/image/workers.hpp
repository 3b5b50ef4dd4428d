/// Work on many files at once.
#pragma once

#include <cstddef>
#include <functional>

#include "sys/error.hpp"

namespace immure::plan {

/// Calls `work` for each number below `count`, in several threads if there is enough to do and if the machine has
/// several processors. The numbers come in ascending order, but several calls run at the same time. After an error no
/// further number begins. Returns the first error.
[[nodiscard]] Result<void> for_each_number(std::size_t count, const std::function<Result<void>(std::size_t)>& work);

}  // namespace immure::plan
