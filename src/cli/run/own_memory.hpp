/// The memory that immure itself needs.
#pragma once

#include "sys/error.hpp"

namespace immure::cli {

/// Checks that the limits of data and of address space (getrlimit(2)) leave immure itself enough memory. Error
/// kBlocked. Without this check an allocation would fail in the middle of a run, and the message could not say why.
[[nodiscard]] Result<void> check_own_memory();

}  // namespace immure::cli
