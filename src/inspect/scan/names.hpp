/// What is wrong with names: of entries of the drop and of members of containers. Bytes in, findings out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "inspect/scan/findings.hpp"

namespace immure::inspect {

/// Checks one component of a path.
void check_component(std::string_view component, const std::string& member, FileResult& result);

/// Checks a member's whole name as its container has it: traversal, absolute and empty names, then each component.
void check_member_name(std::string_view name, const std::string& member, FileResult& result);

/// True if `target`, followed from a link named `link` (relative to a root), leads above that root. Lexical: nothing is
/// looked up.
[[nodiscard]] bool leads_out(std::string_view link, std::string_view target);

/// The name with letters folded to one case (ASCII, Latin-1, Greek, Cyrillic): equal for names that collide where case
/// is not kept.
[[nodiscard]] std::string fold_case(std::string_view name);
/// False if a name of such bytes alone is what it folds to.
[[nodiscard]] constexpr bool may_fold(char byte) {
  return (byte >= 'A' && byte <= 'Z') || static_cast<unsigned char>(byte) >= 0x80;
}

/// The extension in lower case without its dot: `gz` of `a.tar.GZ`; empty if there is none.
[[nodiscard]] std::string extension(std::string_view name);

}  // namespace immure::inspect
