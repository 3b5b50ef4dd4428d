/// The digest of the running program itself.
#pragma once

#include "evidence/evidence.hpp"
#include "sys/error.hpp"

namespace immure::attest {

/// The name `immure VERSION` and the SHA-256 of /proc/self/exe. Error kSystem.
[[nodiscard]] Result<evidence::Artifact> launcher_artifact();

}  // namespace immure::attest
