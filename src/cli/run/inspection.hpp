/// Makes a run an inspection: the program is the inspector that came with immure, and its list of what its cell cannot
/// show is a part of the image. `inspect` and `batch --inspect` use this.
#pragma once

#include <string>

#include "cli/run/launch.hpp"
#include "sys/error.hpp"

namespace immure::cli {

/// The path of the inspector: beside immure, or where packages install it. PATH is never searched, because only the
/// inspector that came with immure may read a drop that nobody trusts.
[[nodiscard]] Result<std::string> inspector_path();

/// Sets the program and its profile. Error kBadInput if there is no inspector.
[[nodiscard]] Result<void> be_inspector(Launch& wanted);

/// Gives the inspector a time limit below that of the cell, so that the inspector can still report what it has found.
void limit_inspection(Launch& wanted);

/// Gives the list of hidden entries to the cell as a file without a name on the host, so that nobody can replace the
/// file. The cell gets a copy of the drop only if the drop contains FIFOs, sockets or devices, which would be channels,
/// or something that cannot be read. A drop that is one file is an input of one part.
/// The deadline of `wanted` must run. Errors: those of the input and of hidden_entries_of().
[[nodiscard]] Result<void> add_hidden_entries(Launch& wanted);

}  // namespace immure::cli
