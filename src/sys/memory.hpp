/// Maps pages before a program touches them.
#pragma once

#include <cstddef>
#include <span>

namespace immure::sys {

/// Maps all pages of a range for reading, or for writing, with one system call (MADV_POPULATE_READ in madvise(2)).
/// Otherwise the first touch of each page causes a fault; under a hypervisor a fault costs more than ten times as much.
/// The functions ignore errors, because only speed depends on them: kernels before 5.14 lack this advice, and some
/// ranges cannot be mapped.
void populate_for_reading(std::span<const std::byte> range);
void populate_for_writing(std::span<std::byte> range);

}  // namespace immure::sys
