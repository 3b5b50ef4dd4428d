/// Writes JSON as this project needs it: no blanks, and one spelling for each character and number (RFC 8785). The
/// result is canonical if the caller gives the keys of each object in ascending order.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace immure::text {

/// Appends a JSON text with its quotes. JSON cannot express bytes that are not UTF-8, so the function writes such a
/// byte as the four characters `\xff`.
void append_json_text(std::string& out, std::string_view text);
/// The text that a reader gets back from append_json_text(): `text` itself if it is UTF-8.
[[nodiscard]] std::string representable(std::string_view text);

/// The same JSON with an escape for every character that is not ASCII, so that a terminal or an editor can show JSON
/// that others wrote. `json` must be JSON.
[[nodiscard]] std::string ascii_json(std::string_view json);

void append_integer(std::string& out, std::int64_t value);
void append_integer(std::string& out, std::uint64_t value);

/// Writes one JSON value at the end of a text, without building a tree first. The writer adds the commas. Each object()
/// and array() needs its close().
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  JsonWriter& object() { return open('{', true); }
  JsonWriter& array() { return open('[', false); }
  JsonWriter& close() {
    out_ += (objects_ & 1U) != 0 ? '}' : ']';
    objects_ >>= 1U;
    begun_ >>= 1U;
    return *this;
  }
  /// Begins a member of an object. The caller writes the member's value next.
  JsonWriter& key(std::string_view name) {
    separate();
    append_json_text(out_, name);
    out_ += ':';
    after_key_ = true;
    return *this;
  }
  /// Writes a boolean, an integer, a text, or a list of these.
  template <class T>
  JsonWriter& value(const T& value) {
    if constexpr (std::same_as<T, bool>) {
      raw(value ? "true" : "false");
    } else if constexpr (std::signed_integral<T>) {
      separate();
      append_integer(out_, static_cast<std::int64_t>(value));
    } else if constexpr (std::unsigned_integral<T>) {
      separate();
      append_integer(out_, static_cast<std::uint64_t>(value));
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
      separate();
      append_json_text(out_, value);
    } else {
      array();
      for (const auto& one : value) this->value(one);
      close();
    }
    return *this;
  }
  JsonWriter& null() { return raw("null"); }
  template <class T>
  JsonWriter& member(std::string_view name, const T& value) {
    return key(name).value(value);
  }
  /// Writes a value that is JSON already.
  JsonWriter& raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
  }

 private:
  JsonWriter& open(char bracket, bool object) {
    separate();
    out_ += bracket;
    objects_ = objects_ << 1U | (object ? 1U : 0U);
    begun_ <<= 1U;
    return *this;
  }
  void separate() {
    if (after_key_) {
      after_key_ = false;
      return;
    }
    if ((begun_ & 1U) != 0) out_ += ',';
    begun_ |= 1U;
  }

  std::string& out_;
  /// Each level of nesting has one bit, the innermost level the lowest. 64 levels are more than any of our documents
  /// has.
  std::uint64_t objects_ = 0, begun_ = 0;
  bool after_key_ = false;
};

/// One value as JSON: a text with its quotes, a number, or a list.
template <class T>
[[nodiscard]] std::string to_json(const T& value) {
  std::string out;
  JsonWriter(out).value(value);
  return out;
}

}  // namespace immure::text
