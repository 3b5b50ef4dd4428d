#include "inspect/scan/encoded.hpp"

#include <algorithm>
#include <array>

#include "text/base64.hpp"
#include "text/hex.hpp"

namespace immure::inspect {
namespace {

constexpr std::uint8_t kNoDigit = 0xFF;

constexpr auto kDigits = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  std::uint8_t value = 0;
  for (const char c : text::kBase64Digits) digits[static_cast<unsigned char>(c)] = value++;
  return digits;
}();

bool is_break(char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool starts_ignoring_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && std::ranges::equal(text.substr(0, start.size()), start, {}, lower);
}

std::string_view line_at(std::string_view text, std::size_t at) {
  std::string_view line = text.substr(at, text.find('\n', at) - at);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// The beginning of the next line; the size of the text if there is none.
std::size_t after_line(std::string_view text, std::size_t at) {
  const std::size_t end = text.find('\n', at);
  return end == std::string_view::npos ? text.size() : end + 1;
}

/// Decodes base64 from `at` on, over ends of lines, up to the first other letter. As mail programs do, the function
/// overlooks padding in the middle.
void take_base64(std::string_view text, std::size_t at, Encoded& out) {
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (; at < text.size(); ++at) {
    const std::uint8_t digit = kDigits[static_cast<unsigned char>(text[at])];
    if (digit == kNoDigit) {
      if (text.substr(at, 4) == "====") break;
      if (text[at] == '=' || is_break(text[at])) continue;
      break;
    }
    bits = bits << 6U | digit;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.content += static_cast<char>(bits >> count & 0xFFU);
  }
  out.end = at;
  // A boundary, a tag or a quote ends such a text. A letter in the midst of a line breaks it.
  out.whole = at == text.size() || std::string_view("=-<>\"')`;,&\\.").find(text[at]) != std::string_view::npos ||
              at == 0 || text[at - 1] == '\n';
}

unsigned hex_digit(char c) { return text::hex_value(c).value_or(kNoDigit); }

/// Decodes the digits of an object in RTF, up to the end of its group. Words between the digits mean nothing.
void take_hex(std::string_view text, std::size_t at, Encoded& out) {
  unsigned half = kNoDigit;
  for (; at < text.size() && text[at] != '}'; ++at) {
    if (text[at] == '\\') {
      at = std::min(text.find_first_of(" {}\r\n", at), text.size()) - 1;
      continue;
    }
    const unsigned digit = hex_digit(text[at]);
    if (digit == kNoDigit) continue;
    if (half == kNoDigit) {
      half = digit;
    } else {
      out.content += static_cast<char>(half << 4U | digit);
      half = kNoDigit;
    }
  }
  out.end = at;
}

/// Decodes quoted-printable up to the next boundary.
void take_quoted(std::string_view text, std::size_t at, Encoded& out) {
  while (at < text.size()) {
    const std::string_view line = line_at(text, at);
    if (line.starts_with("--") && line.size() > 4) break;
    at = after_line(text, at);
    bool soft = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] != '=') {
        out.content += line[i];
      } else if (i + 1 == line.size()) {
        soft = true;
      } else if (i + 2 < line.size() && hex_digit(line[i + 1]) != kNoDigit && hex_digit(line[i + 2]) != kNoDigit) {
        out.content += static_cast<char>(hex_digit(line[i + 1]) << 4U | hex_digit(line[i + 2]));
        i += 2;
      } else {
        out.content += '=';
      }
    }
    if (!soft && at < text.size()) out.content += '\n';
  }
  out.end = at;
}

/// Decodes the lines of uuencode that follow `at`.
void take_uu(std::string_view text, std::size_t at, Encoded& out) {
  const auto value = [](char c) { return (static_cast<unsigned>(static_cast<unsigned char>(c)) - 0x20U) & 0x3FU; };
  out.whole = false;
  while (at < text.size()) {
    const std::string_view line = line_at(text, at);
    if (line == "end") {
      out.whole = true;
      at = after_line(text, at);
      break;
    }
    if (line.empty()) break;
    // All letters of uuencode lie between the blank and the back quote. Mail programs cut off blanks at the end.
    if (std::ranges::any_of(line, [](char c) { return c < 0x20 || c > 0x60; })) break;
    std::size_t size = value(line[0]);
    for (std::size_t i = 1; size > 0 && i < line.size(); i += 4) {
      std::uint32_t bits = 0;
      for (std::size_t j = 0; j < 4; ++j) bits = bits << 6U | (i + j < line.size() ? value(line[i + j]) : 0U);
      for (const unsigned shift : {16U, 8U, 0U}) {
        if (size == 0) break;
        out.content += static_cast<char>(bits >> shift & 0xFFU);
        --size;
      }
    }
    out.content.append(size, '\0');
    at = after_line(text, at);
  }
  out.end = at;
}

/// The value of a parameter such as filename="a.zip" in the headers of a mail.
std::string parameter(std::string_view headers, std::string_view name) {
  const auto found = std::ranges::search(headers, name, {}, lower);
  if (found.empty()) return {};
  std::string_view rest = headers.substr(static_cast<std::size_t>(found.end() - headers.begin()));
  const bool quoted = rest.starts_with('"');
  if (quoted) rest.remove_prefix(1);
  return std::string(rest.substr(0, rest.find_first_of(quoted ? "\"\r\n" : "; \t\r\n")));
}

/// The headers around `at` end at the next empty line, where the part begins.
std::optional<Encoded> mail_part(std::string_view text, std::size_t at) {
  constexpr std::size_t kMostHeaders = 64 * 1024;
  std::size_t body = after_line(text, at);
  while (body < text.size() && !line_at(text, body).empty()) {
    body = after_line(text, body);
    if (body - at > kMostHeaders) return std::nullopt;
  }
  body = after_line(text, body);
  if (body >= text.size()) return std::nullopt;
  std::size_t first = at;
  for (int i = 0; i < 20 && first > 0; ++i) {
    const std::size_t before = first < 2 ? std::string_view::npos : text.rfind('\n', first - 2);
    const std::size_t start = before == std::string_view::npos ? 0 : before + 1;
    if (line_at(text, start).empty() || line_at(text, start).starts_with("--")) break;
    first = start;
  }
  const std::string_view headers = text.substr(first, body - first);
  Encoded out;
  out.label = parameter(headers, "filename=");
  if (out.label.empty()) out.label = parameter(headers, " name=");
  if (out.label.empty()) out.label = "part";
  std::string_view encoding = line_at(text, at).substr(line_at(text, at).find(':') + 1);
  while (encoding.starts_with(' ') || encoding.starts_with('\t') || encoding.starts_with('"'))
    encoding.remove_prefix(1);
  if (starts_ignoring_case(encoding, "base64")) {
    take_base64(text, body, out);
  } else if (starts_ignoring_case(encoding, "quoted-printable")) {
    take_quoted(text, body, out);
  } else {
    return std::nullopt;
  }
  return out;
}

}  // namespace

std::optional<Encoded> decode_at(std::string_view text, std::uint64_t at) {
  if (at >= text.size()) return std::nullopt;
  const std::string_view rest = text.substr(at);
  Encoded out;
  if (rest.starts_with("<data>")) {
    out.label = "data";
    take_base64(text, at + 6, out);
    out.whole = true;
  } else if (rest.starts_with(";base64,")) {
    // Programs that take such URIs apart have this word, too, and then no data.
    constexpr std::size_t kFewest = 16;
    const std::string_view first = rest.substr(8, kFewest);
    if (first.size() < kFewest || std::ranges::any_of(first, [](char c) {
          return kDigits[static_cast<unsigned char>(c)] == kNoDigit && c != '=';
        }))
      return std::nullopt;
    out.label = "data";
    take_base64(text, at + 8, out);
    // Manuals show the beginning of such a URI.
    out.whole = true;
  } else if (rest.starts_with("\\objdata")) {
    out.label = "object";
    take_hex(text, at + 8, out);
  } else if (starts_ignoring_case(rest, "content-transfer-encoding:")) {
    auto part = mail_part(text, at);
    if (!part) return std::nullopt;
    out = *std::move(part);
  } else if (rest.starts_with("begin-base64 ") || rest.starts_with("begin ")) {
    const std::string_view line = line_at(text, at);
    const std::size_t name = line.find(' ', line.find(' ') + 1);
    out.label = name == std::string_view::npos || name + 1 >= line.size() ? "file" : std::string(line.substr(name + 1));
    const std::size_t body = after_line(text, at);
    if (rest.starts_with("begin-")) {
      take_base64(text, body, out);
    } else {
      take_uu(text, body, out);
    }
  } else {
    return std::nullopt;
  }
  constexpr std::size_t kShortest = 8;
  if (out.content.size() < kShortest) return std::nullopt;
  return out;
}

}  // namespace immure::inspect
