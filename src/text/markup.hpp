/// Text in HTML and XML: the entities for the characters that both languages interpret.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace immure::text {

/// XML has a named entity for the apostrophe, but HTML 4 does not know the name.
enum class Markup : std::uint8_t { kHtml, kXml };

/// The entity for a character that is interpreted in text or in attributes; empty for every other character.
[[nodiscard]] constexpr std::string_view entity(char c, Markup markup) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return markup == Markup::kHtml ? "&#39;" : "&apos;";
    default: return {};
  }
}

/// The text with an entity in the place of each character that XML interprets. The caller must first remove characters
/// that XML does not allow, such as control characters (text/visible.hpp).
[[nodiscard]] inline std::string xml_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const std::string_view name = entity(c, Markup::kXml);
    name.empty() ? out += c : out += name;
  }
  return out;
}

}  // namespace immure::text
