/// What a Python program needs besides the interpreter and its standard library.
#pragma once

#include "plan/language/gather.hpp"
#include "plan/language/places.hpp"

namespace immure::plan {

[[nodiscard]] Result<void> gather_python(Closure& closure, const HostRoot& root, const Interpreted& what,
                                         Gathering& gathering);

}  // namespace immure::plan
