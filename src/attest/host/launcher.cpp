#include "attest/host/launcher.hpp"

#include "plan/image/file_digest.hpp"

namespace immure::attest {

Result<evidence::Artifact> launcher_artifact() {
  TRY(std::string digest, plan::file_digest("/proc/self/exe"));
  return evidence::Artifact{"immure " IMMURE_VERSION, std::move(digest)};
}

}  // namespace immure::attest
