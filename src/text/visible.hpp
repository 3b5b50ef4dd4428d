/// Makes text of others safe to show: the one place that knows which characters mislead a terminal or a reader.
#pragma once

#include <string>
#include <string_view>

namespace immure::text {

/// True for a code point from U+007F up that a terminal obeys or that reorders the text around it: DEL, C1 controls,
/// line separators, bidirectional marks, overrides and isolates.
[[nodiscard]] bool is_control(char32_t point);

/// True for the code points of the function above, and for all others from U+007F up that are invisible or look blank.
[[nodiscard]] bool is_unseen(char32_t point);

/// True for well-formed UTF-8 without C0 and C1 control characters; bidirectional marks are part of some names.
[[nodiscard]] bool is_printable(std::string_view text);

/// `text` with control characters, line breaks, bytes that are not UTF-8 and unseen code points written as `\xHH`, byte
/// by byte.
[[nodiscard]] std::string visible(std::string_view text);

/// Like visible(), but bytes as `\xHH`, code points as `\u{HHHH}`, and a backslash doubled: two different texts never
/// look the same.
[[nodiscard]] std::string escaped(std::string_view text);

/// Like visible(), for a stream that a terminal shows, whose pieces may end within a character. Newlines, tabs and
/// characters that are merely invisible pass unchanged.
class VisibleStream {
 public:
  [[nodiscard]] std::string next(std::string_view bytes);
  /// What was left of a character when the stream ended.
  [[nodiscard]] std::string rest();

 private:
  std::string held_;  ///< the beginning of a character
};

}  // namespace immure::text
