/// What programs of Perl, Ruby, Lua, PHP and Node.js need besides the interpreter and its library.
#pragma once

#include "plan/language/gather.hpp"
#include "plan/language/places.hpp"

namespace immure::plan {

/// Does nothing if `what.interpreter` interprets none of these languages.
[[nodiscard]] Result<void> gather_modules(Closure& closure, const HostRoot& root, const Interpreted& what,
                                          Gathering& gathering);

}  // namespace immure::plan
