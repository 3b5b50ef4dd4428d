/// The seccomp filter of the outer walls.
#pragma once

#include <string>

namespace immure::attest {

/// A profile in Docker's JSON format. It denies loading kernel code, swapping and setting the clock, and
/// lets the positive controls succeed; the cell's own filter, loaded inside, is the one that holds the payload.
[[nodiscard]] std::string outer_filter_json();

}  // namespace immure::attest
