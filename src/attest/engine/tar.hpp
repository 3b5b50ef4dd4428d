/// The image of the containers: one file.
#pragma once

#include <string>

#include "sys/error.hpp"

namespace immure::attest {

/// Writes a tar archive (POSIX.1 ustar) with `immure`, read from the descriptor `program`, and the empty directories
/// that the container's mounts need. The same program gives the same bytes. Errors: kSystem.
[[nodiscard]] Result<void> write_image_archive(const std::string& path, int program);

}  // namespace immure::attest
