/// Makes text of others safe to show: the one place that knows which characters mislead a terminal or a reader.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace immure::text {

/// What a reader sees of a code point, if anything.
enum class Sight : std::uint8_t {
  kPlain,      ///< a sign of its own
  kCombining,  ///< a mark on the sign before it
  kControl,    ///< C0, DEL, C1, line and paragraph separators: a terminal obeys them
  kMark,       ///< says from which side to write, and shows nothing: ordinary in texts written from right to left
  kReorders,   ///< bidirectional embeddings, overrides and isolates, which reorder the text around them
  kInvisible,  ///< zero-width characters, fillers, tags, soft hyphen
  kSelector,   ///< a variation selector, which chooses between two forms of the sign before it
  kBlank,      ///< looks like the blank, and is another character
  kNone,       ///< noncharacters, private use, and what is not assigned: no agreed sign
};
[[nodiscard]] Sight sight_of(char32_t point);

/// True for a code point that a terminal obeys or that reorders the text around it.
[[nodiscard]] bool is_control(char32_t point);

/// True for the code points of the function above, and for all others that are invisible, look blank or have no sign.
[[nodiscard]] bool is_unseen(char32_t point);

/// True for printable ASCII alone.
[[nodiscard]] constexpr bool is_plain(std::string_view text) {
  // Without a branch, so that many characters are looked at together.
  bool plain = true;
  for (const char c : text) plain = plain & (c >= ' ') & (c <= '~');
  return plain;
}

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
