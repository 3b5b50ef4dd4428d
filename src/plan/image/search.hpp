/// Finds programs by their names, in directories that do not depend on the caller's PATH.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plan/image/host_files.hpp"
#include "sys/error.hpp"

namespace immure::plan {

/// Finds the path of a program by its name. A name with a slash is returned as it is. `who` is for messages; `first`:
/// directories to search before the usual ones. Error kBadInput.
[[nodiscard]] Result<std::string> search_program(const HostRoot& root, const std::string& name, std::string_view who,
                                                 const std::vector<std::string>& first = {});

}  // namespace immure::plan
