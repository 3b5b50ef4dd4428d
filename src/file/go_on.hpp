/// How long work learns that it must stop.
#pragma once

#include <functional>

#include "sys/error.hpp"

namespace immure::file {

/// The function that long work calls at least every MiB and every few entries. An error tells the work to stop. An
/// empty function stops nothing.
using GoOn = std::function<Result<void>()>;

[[nodiscard]] inline Result<void> may_go_on(const GoOn& go_on) { return go_on ? go_on() : Result<void>(); }

}  // namespace immure::file
