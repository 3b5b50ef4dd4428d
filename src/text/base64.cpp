#include "text/base64.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace immure::text {
namespace {

using Table = std::array<std::uint8_t, 256>;
constexpr std::uint8_t kNoDigit = 0xFF;

constexpr Table digits_of(std::string_view alphabet) {
  Table table{};
  table.fill(kNoDigit);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return table;
}
constexpr std::string_view kStandardDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr Table kStandard = digits_of(kStandardDigits);
constexpr Table kUrl = digits_of(kUrlDigits);

std::string_view without_padding(std::string_view text) {
  for (int pads = 0; pads < 2 && text.ends_with('='); ++pads) text.remove_suffix(1);
  return text;
}

/// Decodes digits without padding, and appends the bytes.
bool append_digits(std::string& out, std::string_view text, const Table& table) {
  if (text.size() % 4 == 1) return false;
  const std::size_t start = out.size();
  out.resize(start + text.size() * 3 / 4);
  char* to = out.data() + start;
  std::uint32_t bits = 0;
  std::uint32_t bad = 0;
  std::size_t i = 0;
  const auto digit = [&](std::size_t at) { return std::uint32_t{table[static_cast<unsigned char>(text[at])]}; };
  for (; i + 4 <= text.size(); i += 4) {
    const std::uint32_t a = digit(i);
    const std::uint32_t b = digit(i + 1);
    const std::uint32_t c = digit(i + 2);
    const std::uint32_t d = digit(i + 3);
    bad |= a | b | c | d;
    bits = (a << 18) | (b << 12) | (c << 6) | d;
    *to++ = static_cast<char>(bits >> 16);
    *to++ = static_cast<char>(bits >> 8);
    *to++ = static_cast<char>(bits);
  }
  const std::size_t rest = text.size() - i;
  if (rest != 0) {
    bits = 0;
    for (; i < text.size(); ++i) {
      bad |= digit(i);
      bits = (bits << 6) | digit(i);
    }
    const std::uint32_t unused = rest == 2 ? 4 : 2;
    if ((bits & ((1U << unused) - 1)) != 0) bad = kNoDigit;
    bits >>= unused;
    if (rest == 3) *to++ = static_cast<char>(bits >> 8);
    *to++ = static_cast<char>(bits);
  }
  // A digit's value is below 64, and every other character has a higher bit set. So the high bits tell whether any
  // character is not a digit.
  if ((bad & 0xC0U) == 0) return true;
  out.resize(start);
  return false;
}

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  const std::size_t start = out.size();
  out.resize(start + (bytes.size() + 2) / 3 * 4, '=');
  char* to = out.data() + start;
  const auto byte = [&](std::size_t at) { return std::uint32_t{static_cast<unsigned char>(bytes[at])}; };
  const auto digit = [](std::uint32_t bits) { return kStandardDigits[bits & 63U]; };
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t group = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    *to++ = digit(group >> 18U);
    *to++ = digit(group >> 12U);
    *to++ = digit(group >> 6U);
    *to++ = digit(group);
  }
  const std::size_t rest = bytes.size() - i;
  if (rest == 0) return;
  const std::uint32_t group = byte(i) << 16U | (rest == 2 ? byte(i + 1) << 8U : 0U);
  *to++ = digit(group >> 18U);
  *to++ = digit(group >> 12U);
  if (rest == 2) *to = digit(group >> 6U);
}

std::string base64(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

std::size_t unbase64_size(std::string_view text) { return without_padding(text).size() * 3 / 4; }

bool append_unbase64(std::string& out, std::string_view text) {
  return text.size() % 4 == 0 && append_digits(out, without_padding(text), kStandard);
}

std::optional<std::string> unbase64(std::string_view text) {
  std::string out;
  if (!append_unbase64(out, text)) return std::nullopt;
  return out;
}

std::optional<std::string> unbase64url(std::string_view text) {
  std::string out;
  if (!append_digits(out, text, kUrl)) return std::nullopt;
  return out;
}

std::string base64url(std::string_view bytes) {
  std::string out = base64(bytes);
  while (out.ends_with('=')) out.pop_back();
  std::ranges::replace(out, '+', '-');
  std::ranges::replace(out, '/', '_');
  return out;
}

}  // namespace immure::text
