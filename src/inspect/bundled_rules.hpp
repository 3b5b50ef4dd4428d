/// The files of rules/, as text in the program (written by embed.cmake at build time).
#pragma once

#include <span>
#include <string_view>

namespace immure::inspect {

struct BundledFile {
  std::string_view name;
  std::string_view text;
};
[[nodiscard]] std::span<const BundledFile> bundled_rules();

}  // namespace immure::inspect
