/// Programs of an image that the cell's program may not start, for the probes that try to start them.
#pragma once

#include <string>
#include <vector>

#include "sys/fd.hpp"

namespace immure::attest {

/// Some executable files of the image that are none of `declared`: from each directory that holds a declared file, and
/// from the usual directories of programs. Equal files may be one file with several names, so the function compares
/// inodes. A directory that cannot be listed adds nothing.
[[nodiscard]] std::vector<std::string> undeclared_programs(const sys::Fd& image,
                                                           const std::vector<std::string>& declared);

}  // namespace immure::attest
