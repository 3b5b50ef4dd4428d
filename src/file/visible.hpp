/// Bytes of others, made safe to show: the one place that knows what a terminal, or an eye, takes for something else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace immure::file {

/// True for a code point from U+007F up that a terminal obeys or that reorders the text around it: DEL, C1 controls,
/// line separators, bidirectional marks, overrides and isolates.
[[nodiscard]] bool is_control(char32_t point);

/// True for those, and for every other code point from U+007F up that is invisible or looks like a blank.
[[nodiscard]] bool is_unseen(char32_t point);

/// True for well-formed UTF-8 without C0 and C1 control characters; bidirectional marks are part of some names.
[[nodiscard]] bool is_printable(std::string_view text);

enum class Form : std::uint8_t {
  kBytes,   ///< each byte as `\xHH`
  kPoints,  ///< bytes as `\xHH`, code points as `\u{HHHH}`, a backslash doubled: nothing else looks the same
};

/// `text` with control characters, line breaks, bytes that are not UTF-8 and unseen code points written in `form`.
[[nodiscard]] std::string visible(std::string_view text, Form form = Form::kBytes);

/// The same for a stream that a terminal shows, whose pieces may end within a character. Newlines and tabs pass, and so
/// does what is merely invisible.
class VisibleStream {
 public:
  [[nodiscard]] std::string next(std::string_view bytes);
  /// What was left of a character when the stream ended.
  [[nodiscard]] std::string rest();

 private:
  std::string held_;  ///< the beginning of a character
};

}  // namespace immure::file
