/// The seccomp filter of the outer walls.
#pragma once

#include <string>

namespace immure::attest {

/// A profile in Docker's JSON format. The profile denies loading kernel code and kexec, and lets the positive controls
/// succeed. The cell's own filter, which is loaded inside, restricts the payload.
[[nodiscard]] std::string outer_filter_json();

}  // namespace immure::attest
