/// What a program of Node.js needs besides Node.js itself.
#pragma once

#include "plan/language/gather.hpp"
#include "plan/language/places.hpp"

namespace immure::plan {

[[nodiscard]] Result<void> gather_node(Closure& closure, const HostRoot& root, const Interpreted& what,
                                       Gathering& gathering);

}  // namespace immure::plan
