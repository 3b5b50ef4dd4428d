/// One line for one step of the building of a cell.
#pragma once

#include "cell/mutation.hpp"
#include "cell/spec.hpp"
#include "sys/error.hpp"

namespace immure::cell {

/// Puts what a call gives into `place`, so that the call fits into STEP.
template <class Place, class T>
[[nodiscard]] SysResult<void> into(Place& place, SysResult<T> result) {
  TRY(place, std::move(result));
  return {};
}

}  // namespace immure::cell

/// `BESIDE(kLandlock, sys::restrict_self(ruleset));` does a step in a task that runs beside the building of the cell,
/// or returns its error.
#define BESIDE(name, expression)                                       \
  do {                                                                 \
    if (!leaves_out(::immure::cell::Step::name)) CHECK_OK(expression); \
    CHECK_OK(weaken_after(::immure::cell::Step::name, spec));          \
  } while (false)
/// The same in the task that builds the cell. The page tells the supervisor which step failed. Both need the names
/// `page` and `spec`.
#define STEP(name, expression)              \
  do {                                      \
    page.step = ::immure::cell::Step::name; \
    BESIDE(name, expression);               \
  } while (false)
