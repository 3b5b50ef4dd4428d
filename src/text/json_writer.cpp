#include "text/json_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "text/hex.hpp"
#include "text/utf8.hpp"

namespace immure::text {
namespace {

/// True for a character that needs no escape in a JSON text: ASCII from 0x20 on, but no quote and no backslash.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

void append_escaped(std::string& out, unsigned char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\t': out += "\\t"; return;
    case '\n': out += "\\n"; return;
    case '\f': out += "\\f"; return;
    case '\r': out += "\\r"; return;
    default: break;
  }
  append_escape(out, c < 0x20 ? "\\u00" : "\\\\x", static_cast<char>(c));
}

template <class Integer>
void append_number(std::string& out, Integer value) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), end.ptr);
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  const auto plain = [](char c) { return kPlain[static_cast<unsigned char>(c)]; };
  if (std::ranges::all_of(text, plain)) {
    const std::size_t start = out.size() + 1;
    out.append(text.size() + 2, '"');
    text.copy(out.data() + start, text.size());
    return;
  }
  out += '"';
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (kPlain[c]) {
      ++i;
      continue;
    }
    if (c >= 0x80) {
      if (const std::size_t length = utf8_length(text.substr(i)); length != 0) {
        i += length;
        continue;
      }
    }
    out.append(text, from, i - from);
    append_escaped(out, c);
    from = ++i;
  }
  out.append(text, from, text.size() - from);
  out += '"';
}

std::string representable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text.substr(i));
    if (length == 0) append_escape(out, "\\x", text[i]);
    out += text.substr(i, length);
    i += length == 0 ? 1 : length;
  }
  return out;
}

std::string ascii_json(std::string_view json) {
  constexpr char32_t kFirstPair = 0x10000;
  std::string out;
  out.reserve(json.size());
  const auto append_unit = [&](char32_t unit) {
    append_escape(out, "\\u", static_cast<char>(static_cast<unsigned char>(unit >> 8U)));
    append_escape(out, "", static_cast<char>(static_cast<unsigned char>(unit & 0xFFU)));
  };
  while (!json.empty()) {
    const CodePoint point = decode(json);
    if (point.value < 0x7F) {
      out += json.front();
    } else if (point.value < kFirstPair) {
      append_unit(point.value);
    } else {
      append_unit(0xD800U + ((point.value - kFirstPair) >> 10U));
      append_unit(0xDC00U + ((point.value - kFirstPair) & 0x3FFU));
    }
    json.remove_prefix(point.length);
  }
  return out;
}

void append_integer(std::string& out, std::int64_t value) { append_number(out, value); }
void append_integer(std::string& out, std::uint64_t value) { append_number(out, value); }

}  // namespace immure::text
