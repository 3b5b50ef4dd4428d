/// Restricts the verifier's own process before it parses anything that a stranger wrote.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sys/error.hpp"
#include "verify/batch.hpp"
#include "verify/request.hpp"
#include "verify/result.hpp"

namespace immure::verify {

/// Restricts the calling process for good. Landlock allows reading the request's files and the artifacts below their
/// directory. seccomp allows reading, allocating memory, and writing to stdout and stderr; it allows no socket, no exec
/// and no other writing. The caller must have one thread. Returns sentences for AttestationResult::not_proved about
/// what this kernel lacks; empty if nothing is missing. Error kSystem: the kernel has these features but refused to
/// apply them. The caller must then parse nothing.
[[nodiscard]] Result<std::vector<std::string>> lock_down(const Request& request);

/// Like lock_down() above, for a process that reads only `files`.
[[nodiscard]] Result<std::vector<std::string>> lock_down(std::span<const std::string> files);

/// Restricts this process once and appraises several files, one after the other. Calls `each` for each file as soon as
/// the file is appraised. `request` has the demands that apply to every file (a policy, keys, an age), and no demand
/// that only one file can meet (a challenge). Reports a problem that concerns all files once for each file.
void appraise_each_locked_down(const Request& request, std::span<const std::string> files,
                               const std::function<void(const std::string& file, const AttestationResult&)>& each);

/// Restricts this process to reading below the working directory and the keys, and appraises a batch (verify/batch.hpp)
/// in the working directory. `request` is as for appraise_each_locked_down(); its keys have absolute paths.
[[nodiscard]] BatchResult appraise_batch_locked_down(const Request& request);

/// Calls lock_down() and then appraise(), for `immure verify`. The result is kBlocked with `verifier-open` if the
/// process could not be restricted.
///
/// With a state file, the verifier accepts a nonce only once: the function locks the nonce store, looks the nonce up
/// before the process restricts itself, and lets another process (verify/nonce_store.hpp) record an acceptance before
/// the function returns. If one of these steps fails, the result is kBlocked with `policy-unusable`,
/// `challenge-unusable`, `state-unusable` or `state-unwritten`.
[[nodiscard]] AttestationResult appraise_locked_down(const Request& request);

}  // namespace immure::verify
