/// What an ELF file asks of its loader. The bytes come from anybody: every offset and count is checked, nothing is
/// trusted.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "sys/error.hpp"

namespace immure::plan {

struct ElfFacts {
  std::string interpreter;          ///< PT_INTERP; empty: a static program or a library
  std::vector<std::string> needed;  ///< DT_NEEDED, in order
  std::string rpath, runpath;       ///< DT_RPATH, DT_RUNPATH as written; empty: none
  bool executable_stack = false;    ///< PT_GNU_STACK is executable, or missing (execstack(8): missing means executable)
  bool writable_code = false;       ///< a segment is both writable and executable
  friend bool operator==(const ElfFacts&, const ElfFacts&) = default;
};

/// Errors, all kBadInput with `where` empty: not an ELF file, another class, byte order or architecture, not an
/// executable or shared object, truncated, or a table out of bounds.
[[nodiscard]] Result<ElfFacts> parse_elf(std::span<const std::byte> bytes);

/// The same, from an open file; reads only the headers and the strings they name.
[[nodiscard]] Result<ElfFacts> read_elf(int fd);

}  // namespace immure::plan
