/// Macros with which one line of code does one step of the building of a cell.
#pragma once

#include "cell/mutation.hpp"
#include "cell/spec.hpp"
#include "sys/error.hpp"

namespace immure::cell {

/// Stores the value of `result` in `place`, so that STEP can take a call that returns a value.
template <class Place, class T>
[[nodiscard]] SysResult<void> into(Place& place, SysResult<T> result) {
  TRY(place, std::move(result));
  return {};
}

}  // namespace immure::cell

/// `BESIDE(kLandlock, sys::restrict_self(ruleset));` does a step in a task that runs while another task builds the
/// cell, or returns its error.
#define BESIDE(name, expression)                                       \
  do {                                                                 \
    if (!leaves_out(::immure::cell::Step::name)) CHECK_OK(expression); \
    CHECK_OK(weaken_after(::immure::cell::Step::name, spec));          \
  } while (false)
/// Like BESIDE, but in the task that builds the cell: the page tells the supervisor which step failed. STEP uses the
/// names `page` and `spec`, and BESIDE uses `spec`.
#define STEP(name, expression)              \
  do {                                      \
    page.step = ::immure::cell::Step::name; \
    BESIDE(name, expression);               \
  } while (false)
