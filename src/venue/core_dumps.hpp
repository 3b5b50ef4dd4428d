/// Core dumps: where the kernel would send one of the cell's, and that no memory is in it.
#pragma once

#include <string>
#include <string_view>

#include "sys/error.hpp"

namespace immure::venue {

/// Keeps memory out of the core dumps of this process and of all that it starts: an exec keeps the setting (core(5),
/// coredump_filter). As root it also raises a hard limit of 0 (RLIMIT_CORE) to the 1 that a cell needs. Nothing is
/// reported: the outside witness reads both of the payload's task.
void keep_memory_out_of_core_dumps();

/// What the evidence has of `pattern`, the text of kernel.core_pattern: its first character, or `?` for one that is not
/// printable ASCII; empty if the pattern is. Error kBlocked for a socket (`@`, Linux 6.16): a limit of 1 does not stop
/// it.
[[nodiscard]] Result<std::string> first_of_core_pattern(std::string_view pattern);

/// The same of the host's own. Error kBlocked too if it cannot be read.
[[nodiscard]] Result<std::string> core_pattern();

}  // namespace immure::venue
