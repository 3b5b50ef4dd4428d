/// What the outside witness sees of the fixed files in a cell's image.
#pragma once

#include <span>
#include <vector>

#include "evidence/evidence.hpp"
#include "probe/fixed_files.hpp"
#include "sys/error.hpp"

namespace immure::attest {

/// Looks through the host's /proc/PID/root at the paths of the fixed files, and lists everything below the directories
/// in which only fixed files may lie. Reads no other file. The result is sorted by path. Error kBlocked.
[[nodiscard]] Result<std::vector<evidence::FixedFile>> look_at_fixed_files(int pid,
                                                                           std::span<const probe::FixedFile> stated);

}  // namespace immure::attest
