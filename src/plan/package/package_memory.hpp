/// Remembers in the cache of images what the packages of a program bring.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "plan/package/package_set.hpp"

namespace immure::plan {

/// Writes the result of gather_packages() as a text, without the items. `boot`: the boot identifier of the machine.
[[nodiscard]] std::string memory_text(const Gathered& gathered, std::string_view boot);
/// Reads the text. Returns nothing unless the text is what memory_text() writes for this boot.
[[nodiscard]] std::optional<Gathered> parse_memory(std::string_view text, std::string_view boot);

/// True if no watched file has changed since the set was gathered.
[[nodiscard]] bool is_current(const PackageSet& set);

/// The identity of a file without following a link; differs if the file was changed or replaced.
[[nodiscard]] std::string watched_identity(const std::string& path);

}  // namespace immure::plan
