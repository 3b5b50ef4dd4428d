/// Signs the list of all runs of a batch (evidence/batch.hpp), with the key that signs the evidence.
#pragma once

#include "cli/batch/preparation.hpp"
#include "cli/batch/resume.hpp"
#include "cli/batch/store.hpp"
#include "sys/error.hpp"

namespace immure::cli {

/// Error kBadInput if the manifest of these inputs would be larger than a verifier reads.
[[nodiscard]] Result<void> check_manifest_size(const std::vector<BatchEntry>& entries);

/// Writes `manifest.json`, whole or not at all. Errors: kBadInput if the key has changed; the errors of the signer.
[[nodiscard]] Result<void> write_manifest(const Preparation& prepared, const Begun& begun, const BatchStore& store);

}  // namespace immure::cli
