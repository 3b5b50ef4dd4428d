/// Makes bytes from the input safe for every output. Bytes from the input reach an output only through this class.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace immure::inspect {

/// A text of printable UTF-8: nothing is malformed, and no code point is text::is_unseen().
class Escaped {
 public:
  Escaped() = default;
  /// Escapes a name so that it can be recovered: each byte of `%` and of everything unprintable becomes %XX.
  [[nodiscard]] static Escaped name(std::string_view bytes);
  /// Escapes a text for people: each byte of everything unprintable becomes \xXX.
  [[nodiscard]] static Escaped text(std::string_view bytes);
  /// Makes a relative URI reference (RFC 3986): every byte but unreserved characters and `/` becomes %XX.
  [[nodiscard]] static Escaped uri(std::string_view bytes);

  [[nodiscard]] const std::string& str() const { return text_; }
  friend bool operator==(const Escaped&, const Escaped&) = default;

 private:
  explicit Escaped(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace immure::inspect
