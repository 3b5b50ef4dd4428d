/// Bytes from the input, made safe for every output. Nothing from the input reaches an output in another way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace immure::inspect {

/// What a decoder sees at the beginning of a text.
struct CodePoint {
  char32_t value = 0;      ///< the byte itself if it begins no well-formed sequence
  std::size_t length = 1;  ///< bytes
  bool valid = true;
};
/// Decodes the beginning of a text that is not empty. UTF-8 as Unicode 15, table 3-7: no overlong forms, no surrogates.
[[nodiscard]] CodePoint decode(std::string_view text);
[[nodiscard]] bool is_utf8(std::string_view text);
[[nodiscard]] bool is_plain(std::string_view text);  ///< printable ASCII alone

[[nodiscard]] bool is_control(char32_t point);    ///< C0, DEL, C1, line and paragraph separators
[[nodiscard]] bool is_bidi(char32_t point);       ///< embeddings, overrides, isolates and marks
[[nodiscard]] bool is_invisible(char32_t point);  ///< zero-width, fillers, tags, soft hyphen

/// A text that is printable UTF-8: no control, bidirectional or invisible characters, nothing malformed.
class Escaped {
 public:
  Escaped() = default;
  /// A name, reversibly: what is not printable, and `%`, as %XX for each byte.
  [[nodiscard]] static Escaped name(std::string_view bytes);
  /// A text for people: what is not printable as \xXX for each byte.
  [[nodiscard]] static Escaped text(std::string_view bytes);
  /// A relative URI reference (RFC 3986): all but unreserved characters and `/` as %XX.
  [[nodiscard]] static Escaped uri(std::string_view bytes);

  [[nodiscard]] const std::string& str() const { return text_; }
  friend bool operator==(const Escaped&, const Escaped&) = default;

 private:
  explicit Escaped(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// Base64 (RFC 4648) of a name's bytes, for names that Escaped::name had to change.
[[nodiscard]] std::string base64(std::string_view bytes);

}  // namespace immure::inspect
