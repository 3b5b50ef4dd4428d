/// Pages mapped before they are touched.
#pragma once

#include <cstddef>
#include <span>

namespace immure::sys {

/// Maps the pages of a range for reading, or for writing, in one call instead of one trap a page; under a hypervisor a
/// trap costs more than ten times as much. Only speed hangs on it, so a kernel without it (before 5.14) and a range
/// that cannot be mapped go unmentioned (MADV_POPULATE_READ in madvise(2)).
void populate_for_reading(std::span<const std::byte> range);
void populate_for_writing(std::span<std::byte> range);

}  // namespace immure::sys
