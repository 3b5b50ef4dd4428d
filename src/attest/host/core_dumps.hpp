/// Core dumps: where the kernel would send a dump of the cell, and how immure keeps memory out of it.
#pragma once

#include <string>
#include <string_view>

#include "sys/error.hpp"

namespace immure::attest {

/// Keeps memory out of the core dumps of this process and of all processes that it starts: the setting survives an exec
/// (core(5), coredump_filter). For root, this function also raises a hard limit of 0 (RLIMIT_CORE) to the 1 that a cell
/// needs. Reports no errors, because the outside witness reads both settings of the payload's task.
void keep_memory_out_of_core_dumps();

/// What the evidence says about `pattern`, the text of kernel.core_pattern: its first character, or `?` if that is not
/// printable ASCII, or nothing if the pattern is empty. Error kBlocked for a socket (`@`, Linux 6.16), because a limit
/// of 1 does not stop such a dump.
[[nodiscard]] Result<std::string> first_of_core_pattern(std::string_view pattern);

/// Like the function above, for the pattern of this host. Error kBlocked also if the pattern cannot be read.
[[nodiscard]] Result<std::string> core_pattern();

}  // namespace immure::attest
