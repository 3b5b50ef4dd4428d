/// Makes text that others wrote safe to show. Only this code knows which characters mislead a terminal or a reader.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace immure::text {

/// What a reader sees of a code point.
enum class Sight : std::uint8_t {
  kPlain,      ///< a visible sign of its own
  kCombining,  ///< a mark on the sign before it
  kControl,    ///< C0, DEL, C1, line and paragraph separators: a terminal obeys them
  /// An invisible mark that sets the direction of writing, left to right or right to left. Such marks are ordinary in
  /// texts written from right to left.
  kMark,
  kReorders,   ///< bidirectional embeddings, overrides and isolates, which reorder the text around them
  kInvisible,  ///< zero-width characters, fillers, tags, soft hyphen
  kSelector,   ///< a variation selector, which chooses between forms of the sign before it
  kBlank,      ///< looks like a blank, but is another character
  kNone,       ///< no agreed sign: noncharacters, private use, and unassigned code points
};
[[nodiscard]] Sight sight_of(char32_t point);

/// True for a code point that a terminal obeys, or that reorders the text around it.
[[nodiscard]] bool is_control(char32_t point);

/// True for a code point for which is_control() is true, and for every other code point that is invisible, looks blank
/// or has no sign.
[[nodiscard]] bool is_unseen(char32_t point);

/// True if `text` is printable ASCII only.
[[nodiscard]] constexpr bool is_plain(std::string_view text) {
  // The loop has no branch, so that the compiler can test many characters at once.
  bool plain = true;
  for (const char c : text) plain = plain & (c >= ' ') & (c <= '~');
  return plain;
}

/// True for well-formed UTF-8 without C0 and C1 control characters. Bidirectional marks are allowed, because some names
/// need them.
[[nodiscard]] bool is_printable(std::string_view text);

/// `text` in a form that is safe to show: every byte of a control character, a line break, an unseen code point or
/// malformed UTF-8 becomes `\xHH`.
[[nodiscard]] std::string visible(std::string_view text);

/// Like visible(), but writes malformed bytes as `\xHH`, code points as `\u{HHHH}`, and a backslash twice. So two
/// different texts never look the same.
[[nodiscard]] std::string escaped(std::string_view text);

/// Like visible(), for a stream that a terminal shows. A piece of the stream may end within a character. Newlines, tabs
/// and characters that are merely invisible pass unchanged.
class VisibleStream {
 public:
  [[nodiscard]] std::string next(std::string_view bytes);
  /// The escaped remainder, if the stream ended within a character.
  [[nodiscard]] std::string rest();

 private:
  std::string held_;  ///< the beginning of an incomplete character
};

}  // namespace immure::text
