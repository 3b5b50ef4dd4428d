/// How well an ELF file is hardened.
#pragma once

#include <string>

#include "inspect/scan/file_type.hpp"
#include "inspect/scan/findings.hpp"

namespace immure::inspect {

/// Checks the program headers and the dynamic section. `whole`: `bytes` are all of the file; else what lies beyond is
/// not looked at.
void check_elf(Bytes bytes, bool whole, const std::string& member, FileResult& result);

}  // namespace immure::inspect
