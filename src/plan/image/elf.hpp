/// What an ELF file (elf(5)) asks of its loader. The file is hostile input: immure checks every offset and every count.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sys/error.hpp"

namespace immure::plan {

struct ElfFacts {
  std::string interpreter;          ///< PT_INTERP; empty for a static program and for a library
  std::vector<std::string> needed;  ///< DT_NEEDED, in order
  std::string rpath, runpath;       ///< DT_RPATH and DT_RUNPATH as written; empty if the file has none
  /// True if PT_GNU_STACK is executable or missing, because the kernel then makes the stack executable (execstack(8)).
  bool executable_stack = false;
  bool writable_code = false;  ///< true if a segment is both writable and executable
  friend bool operator==(const ElfFacts&, const ElfFacts&) = default;
};

/// Reads an ELF file of this machine's class, byte order and architecture. Errors, all kBadInput with an empty `where`:
/// the bytes are no ELF file, belong to another machine, are neither an executable nor a shared object, are truncated,
/// or hold a table that is out of bounds.
[[nodiscard]] Result<ElfFacts> parse_elf(std::span<const std::byte> bytes);

/// Like parse_elf(), for an open file. Reads only the headers and the strings that the headers name.
[[nodiscard]] Result<ElfFacts> read_elf(int fd);

/// The parts of an ELF file that reveal which tools made the program. Neither the kernel nor the loader reads these
/// parts.
struct ElfTraits {
  std::vector<std::string> sections;  ///< names of all sections; empty for a stripped section table
  std::string dynamic_strings;        ///< the names of dynamic symbols and libraries, each between two NULs
  std::string comment;                ///< the section `.comment`: versions of compilers, between NULs
  /// True if a name in `dynamic_strings` starts with this text.
  [[nodiscard]] bool has_name(std::string_view start) const;
};

/// Reads the traits of an ELF file that read_elf() accepts. A trait that is missing, out of bounds or too large stays
/// empty, because a program works without this trait.
[[nodiscard]] ElfTraits parse_elf_traits(std::span<const std::byte> bytes);
[[nodiscard]] ElfTraits read_elf_traits(int fd);

}  // namespace immure::plan
