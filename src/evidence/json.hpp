/// Reads canonical JSON (RFC 8785), as far as evidence needs it: objects, arrays, texts, integers, booleans.
/// text/json_writer.hpp writes canonical JSON.
///
/// The reader accepts nothing but canonical JSON, so each value has exactly one form: no blank, no second spelling of a
/// character or a number, no key out of order. This rule alone refuses everything that two readers could understand
/// differently.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sys/error.hpp"

namespace immure::evidence::json {

/// 2^53 - 1. A reader that uses doubles reads a larger number as another number.
inline constexpr std::int64_t kMaxInteger = (std::int64_t{1} << 53) - 1;
inline constexpr std::size_t kMaxTextBytes = 256U << 10;
inline constexpr std::size_t kMaxElements = 200'000;  ///< in one array

/// Goes through canonical JSON once, from the first byte to the last. The first error ends the reading: every later
/// question gets an empty answer, so callers need not check for errors in between.
class Scanner {
 public:
  explicit Scanner(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  Scanner(const Scanner&) = delete;
  Scanner& operator=(const Scanner&) = delete;

  /// One step of the path from the whole document to the value that is being read. The code that reads a container
  /// keeps its Step, so that an error can name its JSON pointer.
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
    std::string_view key;   ///< the key of the member that is being read; empty before the first
    std::size_t index = 0;  ///< the index of the element that is being read
  };

  [[nodiscard]] bool failed() const { return error_.has_value(); }
  /// The error, which is kBadInput and has a JSON pointer in `where`.
  [[nodiscard]] const Error& error() const { return *error_; }
  /// Records an error at the value that is being read. `member` is appended to the place if a member of the value is
  /// wrong.
  void refuse(std::string_view what, std::string_view member = {});

  [[nodiscard]] bool next_is(char c) const { return at_ != end_ && *at_ == c; }
  /// Takes the character `c` if it comes next.
  bool take(char c) {
    if (!next_is(c)) return false;
    ++at_;
    return true;
  }
  /// Begins an object or an array. If a value of another kind comes next, the error names that kind.
  bool open(char bracket);
  void text(std::string& out);
  /// A text without any escape. The view points into the input.
  [[nodiscard]] std::string_view plain_text(std::size_t limit);
  /// The name of the next member, if one comes next (after `{` or `,`). Does not move past the name.
  [[nodiscard]] std::optional<std::string_view> peek_key() const;
  /// Moves past the name that peek_key() returned, and past its colon.
  void take_key(std::string_view key);
  void integer(std::int64_t& value);
  void boolean(bool& value);
  /// Checks that the input ends here.
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
