/// The verifier walls itself in before it parses anything that a stranger wrote.
#pragma once

#include <string>
#include <vector>

#include "sys/error.hpp"
#include "verify/verify.hpp"

namespace immure::verify {

/// Restricts the calling process for good: Landlock lets it read the request's files and the artifacts below their
/// directory, seccomp lets it read, allocate, and write to stdout and stderr; no socket, no exec, no other write.
/// Single-threaded callers only. Returns what this kernel could not give, in sentences for
/// AttestationResult::not_proved; empty when everything stands. Errors, kSystem: the kernel has the means and refused
/// them. Nothing may be parsed then.
[[nodiscard]] Result<std::vector<std::string>> wall_in(const Request& request);

/// wall_in() and then appraise(): what `immure verify` does. kBlocked with `verifier-open` if the walls could not be
/// built.
[[nodiscard]] AttestationResult appraise_walled_in(const Request& request);

}  // namespace immure::verify
