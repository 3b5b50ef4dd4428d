/// Bytes from the input, made safe for every output. Nothing from the input reaches an output in another way.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace immure::inspect {

/// A text that is printable UTF-8: nothing malformed, and nothing that text::is_unseen().
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

}  // namespace immure::inspect
