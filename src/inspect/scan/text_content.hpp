/// Recognises texts in every encoding, and turns texts of wide characters into UTF-8, so that the checks of texts see
/// them. No single byte decides whether a content is a text, because an attacker would add that byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/scan/file_type.hpp"

namespace immure::inspect {

enum class TextKind : std::uint8_t { kNone, kUtf8, k8Bit, kUtf16, kUtf32 };

/// The encoding of a text that begins with `prefix`. If `cut`, the prefix may end within a character.
[[nodiscard]] TextKind text_kind(std::string_view prefix, bool cut);

/// True for UTF-8 without any control character but white space and escapes. No binary format looks like this.
[[nodiscard]] bool is_clean_text(std::string_view prefix, bool cut);

/// The wide texts of a content, in UTF-8, one after another, with a newline after each.
struct WideText {
  struct Run {
    std::size_t start;   ///< in `text`
    std::size_t origin;  ///< in the content
    unsigned unit;       ///< the bytes of a UTF-16 or UTF-32 code unit: 2 or 4
  };
  std::string text;
  std::vector<Run> runs;  ///< sorted by start
  bool whole = false;     ///< the whole content is one text

  /// The place in the content of the character at `at` in `text`.
  [[nodiscard]] std::size_t origin(std::size_t at) const;
};

/// Decodes a content that is UTF-16 or UTF-32 as a whole, with or without a byte order mark. Of any other content: the
/// runs of at least eight Latin characters in UTF-16 or UTF-32, as programs and registries have them.
[[nodiscard]] WideText wide_text(Bytes bytes, TextKind kind);

}  // namespace immure::inspect
