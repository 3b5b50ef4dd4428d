/// What was gathered for a program, remembered in the cache of images.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "plan/package/package_set.hpp"

namespace immure::plan {

/// The text that stands for what was gathered, without the items. `boot`: the boot identifier of the machine.
[[nodiscard]] std::string memory_text(const Gathered& gathered, std::string_view boot);
/// Reads the text. Nothing unless the text is what memory_text() writes for this boot.
[[nodiscard]] std::optional<Gathered> parse_memory(std::string_view text, std::string_view boot);

/// True if every watched file is still the one that it was.
[[nodiscard]] bool is_current(const PackageSet& set);

/// The identity of a file without following a link; differs if the file was changed or replaced.
[[nodiscard]] std::string watched_identity(const std::string& path);

}  // namespace immure::plan
