/// Checks how well an ELF file is hardened.
#pragma once

#include <string>

#include "inspect/scan/file_type.hpp"
#include "inspect/scan/findings.hpp"

namespace immure::inspect {

/// Checks the program headers and the dynamic section. `whole` tells that `bytes` has the whole file; otherwise the
/// function ignores references beyond `bytes`.
void check_elf(Bytes bytes, bool whole, const std::string& member, FileResult& result);

}  // namespace immure::inspect
