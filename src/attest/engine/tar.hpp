/// The image of the containers: a tar archive that holds one program.
#pragma once

#include <string>

#include "sys/error.hpp"

namespace immure::attest {

/// Writes a tar archive (POSIX.1 ustar) with the file `immure`, read from the descriptor `program`, and with the empty
/// directories for the container's mounts. The same program always gives the same bytes. Error kSystem.
[[nodiscard]] Result<void> write_image_archive(const std::string& path, int program);

}  // namespace immure::attest
