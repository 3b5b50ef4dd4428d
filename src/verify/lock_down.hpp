/// The verifier locks itself down before it parses anything that a stranger wrote.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sys/error.hpp"
#include "verify/request.hpp"
#include "verify/result.hpp"

namespace immure::verify {

/// Restricts the calling process for good: Landlock lets it read the request's files and the artifacts below their
/// directory, seccomp lets it read, allocate, and write to stdout and stderr; no socket, no exec, no other write.
/// Single-threaded callers only. Returns what this kernel could not give, in sentences for
/// AttestationResult::not_proved; empty when everything stands. Errors, kSystem: the kernel has the means and refused
/// them. Nothing may be parsed then.
[[nodiscard]] Result<std::vector<std::string>> lock_down(const Request& request);

/// The same for whoever reads `files` alone.
[[nodiscard]] Result<std::vector<std::string>> lock_down(std::span<const std::string> files);

/// One after the other behind the same walls, each told to `each` as it is appraised. `request` says what is asked of
/// all of them: a policy, keys, an age; nothing that only one file can answer. What stands in the way of all of them is
/// told once for each.
void appraise_each_locked_down(const Request& request, std::span<const std::string> files,
                               const std::function<void(const std::string& file, const AttestationResult&)>& each);

/// lock_down() and then appraise(): what `immure verify` does. kBlocked with `verifier-open` if the walls could not be
/// built. With a state file a nonce is accepted once: its lock is held from here on, the nonce is looked up before the
/// walls, and an acceptance is written down by a process that stands outside of them (verify/nonce_store.hpp) before it
/// is returned. kBlocked with `policy-unusable`, `challenge-unusable`, `state-unusable` or `state-unwritten` if that
/// fails.
[[nodiscard]] AttestationResult appraise_locked_down(const Request& request);

}  // namespace immure::verify
