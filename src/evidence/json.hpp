/// Canonical JSON (RFC 8785), read; text/json_writer.hpp writes it. Only what evidence needs: objects, arrays, texts,
/// integers, booleans.
///
/// The reader takes canonical JSON and nothing else, so each value has exactly one form: no blank, no second spelling
/// of a character or a number, no key out of order. Whatever two readers could see differently is refused by that
/// alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sys/error.hpp"

namespace immure::evidence::json {

/// 2^53 - 1: beyond it a reader with doubles sees another number.
inline constexpr std::int64_t kMaxInteger = (std::int64_t{1} << 53) - 1;
inline constexpr std::size_t kMaxTextBytes = 256U << 10;
inline constexpr std::size_t kMaxElements = 200'000;  ///< of one array

/// Goes through canonical JSON once, from its first byte to its last. The first error wins and ends the reading: what
/// is asked for after it is empty, and nothing has to be checked in between.
class Scanner {
 public:
  explicit Scanner(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  Scanner(const Scanner&) = delete;
  Scanner& operator=(const Scanner&) = delete;

  /// A place on the way from the whole to the value being read: kept by whoever reads a container, for the error's
  /// pointer.
  struct Step {
    Step(Scanner& scanner, const char* what) : scanner_(scanner), parent(scanner.step_), kind(what) {
      scanner.step_ = this;
    }
    ~Step() { scanner_.step_ = parent; }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Scanner& scanner_;

   public:
    const Step* parent;
    const char* kind;       ///< `object` or `array`
    std::string_view key;   ///< of the member being read; empty before the first
    std::size_t index = 0;  ///< of the element being read
  };

  [[nodiscard]] bool failed() const { return error_.has_value(); }
  /// kBadInput; `where` is a JSON pointer.
  [[nodiscard]] const Error& error() const { return *error_; }
  /// The place is the value being read; `member` is appended to it where something below it is meant.
  void refuse(std::string_view what, std::string_view member = {});

  [[nodiscard]] bool next_is(char c) const { return at_ != end_ && *at_ == c; }
  /// Takes `c` if it is next.
  bool take(char c) {
    if (!next_is(c)) return false;
    ++at_;
    return true;
  }
  /// The beginning of a value of some kind; refuses another one by its name.
  bool open(char bracket);
  void text(std::string& out);
  /// A text without anything escaped in it, where it stands.
  [[nodiscard]] std::string_view plain_text(std::size_t limit);
  /// A member's name where one is next (after `{` or `,`), without going past it.
  [[nodiscard]] std::optional<std::string_view> peek_key() const;
  /// Goes past what peek_key() gave, and its colon.
  void take_key(std::string_view key);
  void integer(std::int64_t& value);
  void boolean(bool& value);
  /// The end of the input.
  void finish();

 private:
  [[nodiscard]] std::string_view rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }
  void mismatch(std::string_view wanted);
  void escape(std::string& out);

  const char* at_;
  const char* end_;
  const Step* step_ = nullptr;
  std::optional<Error> error_;
};

}  // namespace immure::evidence::json
