/// Checks the names of the drop's entries and of containers' members.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "inspect/scan/findings.hpp"

namespace immure::inspect {

/// Checks one component of a path.
void check_component(std::string_view component, const std::string& member, FileResult& result);

/// Checks the whole name of a member, as its container has it: traversal, absolute and empty names, and then each
/// component.
void check_member_name(std::string_view name, const std::string& member, FileResult& result);

/// True if the name begins with a slash, a backslash or a drive's letter.
[[nodiscard]] bool is_absolute(std::string_view name);

/// The name with all letters folded to one case (ASCII, Latin-1, Greek, Cyrillic). Two names have the same result if
/// they collide on a file system that ignores case.
[[nodiscard]] std::string fold_case(std::string_view name);
/// False if a name of only such bytes is equal to its folded form.
[[nodiscard]] constexpr bool may_fold(char byte) {
  return (byte >= 'A' && byte <= 'Z') || static_cast<unsigned char>(byte) >= 0x80;
}

/// The extension in lower case, without its dot: `gz` for `a.tar.GZ`. Empty if there is none.
[[nodiscard]] std::string extension(std::string_view name);

}  // namespace immure::inspect
