/// Lets a caller stop work that takes long, for example when the time limit is over.
#pragma once

#include <functional>

#include "sys/error.hpp"

namespace immure::file {

/// A function that long work calls at least every MiB and every few entries. If the function returns an error, the work
/// stops with this error. An empty function never stops the work.
using GoOn = std::function<Result<void>()>;

[[nodiscard]] inline Result<void> may_go_on(const GoOn& go_on) { return go_on ? go_on() : Result<void>(); }

}  // namespace immure::file
