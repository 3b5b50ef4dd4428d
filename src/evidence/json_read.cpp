#include <array>

#include "evidence/json.hpp"
#include "text/hex.hpp"
#include "text/utf8.hpp"

namespace immure::evidence::json {
namespace {

/// True for a character that a text may hold unescaped: ASCII without control characters, quote and backslash. The
/// reader looks at every other character one by one.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

/// Appends one token of a JSON pointer, in which `~` and `/` are escaped (RFC 6901, section 3).
void append_token(std::string& out, std::string_view token) {
  out += '/';
  for (const char c : token) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
}

void append_pointer(std::string& out, const Scanner::Step* step) {
  if (step == nullptr) return;
  append_pointer(out, step->parent);
  if (step->kind[0] == 'a') {
    append_token(out, std::to_string(step->index));
  } else if (!step->key.empty()) {
    append_token(out, step->key);
  }
}

std::string_view kind_of(char c) {
  switch (c) {
    case '"': return "a string";
    case '{': return "an object";
    case '[': return "an array";
    case 't':
    case 'f': return "a boolean";
    case 'n': return "null";
    case ' ':
    case '\t':
    case '\r':
    case '\n': return "whitespace, which canonical JSON does not allow";
    case '\xEF': return "a byte order mark";
    default: return (c >= '0' && c <= '9') || c == '-' ? "a number" : "something else";
  }
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

void Scanner::refuse(std::string_view what, std::string_view member) {
  if (error_) return;
  error_ = Error{Code::kBadInput, {}, std::string(what), {}, 0};
  append_pointer(error_->where, step_);
  if (!member.empty()) append_token(error_->where, member);
  at_ = end_;
}

void Scanner::mismatch(std::string_view wanted) {
  if (at_ == end_) return refuse("ends where " + std::string(wanted) + " should follow");
  refuse("wants " + std::string(wanted) + ", has " + std::string(kind_of(*at_)));
}

bool Scanner::open(char bracket) {
  if (take(bracket)) return true;
  mismatch(kind_of(bracket));
  return false;
}

void Scanner::text(std::string& out) {
  out.clear();
  if (!open('"')) return;
  const char* from = at_;
  const auto flush = [&] { out.append(from, at_); };
  while (at_ != end_) {
    const auto c = static_cast<unsigned char>(*at_);
    if (kPlain[c]) {
      ++at_;
    } else if (c == '"') {
      flush();
      ++at_;
      if (out.size() > kMaxTextBytes) refuse("a string longer than the limit");
      return;
    } else if (c == '\\') {
      flush();
      ++at_;
      escape(out);
      from = at_;
    } else {
      const std::size_t length = c < 0x80 ? 0 : text::utf8_length(rest());
      if (length == 0) return refuse(c < 0x20 ? "a control character in a string" : "a string that is not UTF-8");
      at_ += length;
    }
  }
  refuse("ends within a string");
}

/// Reads an escape, after its backslash. A character is escaped only if it must be, and then in one way (RFC 8785,
/// section 3.2.2.2).
void Scanner::escape(std::string& out) {
  constexpr std::string_view kLetters = "\"\\btnfr";
  constexpr std::string_view kMeanings = "\"\\\b\t\n\f\r";
  if (at_ == end_) return;
  if (const std::size_t letter = kLetters.find(*at_); letter != std::string_view::npos) {
    ++at_;
    out += kMeanings[letter];
    return;
  }
  const std::string_view code = rest().substr(0, 5);
  if (code.size() != 5 || !code.starts_with("u00") || !text::is_hex(code.substr(3)))
    return refuse("an escape that is not canonical");
  const unsigned value = *text::hex_value(code[3]) << 4U | *text::hex_value(code[4]);
  const char c = static_cast<char>(value);
  if (value >= 0x20 || kMeanings.find(c) != std::string_view::npos) return refuse("an escape that is not canonical");
  at_ += 5;
  out += c;
}

std::string_view Scanner::plain_text(std::size_t limit) {
  if (!open('"')) return {};
  const char* from = at_;
  while (at_ != end_ && kPlain[static_cast<unsigned char>(*at_)]) ++at_;
  const std::string_view text(from, static_cast<std::size_t>(at_ - from));
  if (at_ == end_) {
    refuse("ends within a string");
  } else if (*at_ != '"') {
    refuse("an unexpected character");
  } else if (text.size() > limit) {
    refuse("a string longer than the limit");
  } else {
    ++at_;
    return text;
  }
  return {};
}

std::optional<std::string_view> Scanner::peek_key() const {
  if (!next_is('"')) return std::nullopt;
  const char* to = at_ + 1;
  while (to != end_ && kPlain[static_cast<unsigned char>(*to)]) ++to;
  if (to == end_ || *to != '"' || to + 1 == end_ || to[1] != ':') return std::nullopt;
  return std::string_view(at_ + 1, static_cast<std::size_t>(to - at_ - 1));
}

void Scanner::take_key(std::string_view key) { at_ += key.size() + 3; }

void Scanner::integer(std::int64_t& value) {
  constexpr std::string_view kNotCanonical = "a number that is not a canonical integer within 2^53";
  constexpr std::ptrdiff_t kMostDigits = 16;
  value = 0;
  if (at_ == end_ || (!is_digit(*at_) && *at_ != '-')) return mismatch("an integer");
  const bool negative = take('-');
  const char* from = at_;
  while (at_ != end_ && is_digit(*at_) && at_ - from <= kMostDigits) value = value * 10 + (*at_++ - '0');
  const bool leading_zero = at_ != from && *from == '0' && (at_ - from > 1 || negative);
  const bool goes_on = at_ != end_ && (is_digit(*at_) || *at_ == '.' || *at_ == 'e' || *at_ == 'E');
  if (at_ == from || leading_zero || goes_on || value > kMaxInteger) return refuse(kNotCanonical);
  if (negative) value = -value;
}

void Scanner::boolean(bool& value) {
  for (const bool candidate : {true, false}) {
    const std::string_view word = candidate ? "true" : "false";
    if (!rest().starts_with(word)) continue;
    at_ += word.size();
    value = candidate;
    return;
  }
  mismatch("a boolean");
}

void Scanner::finish() {
  if (!failed() && at_ != end_) refuse("trailing bytes");
}

}  // namespace immure::evidence::json
