/// Writes and reads bytes as hexadecimal digits. A function in this file allocates memory only if it returns or extends
/// a string, because the guard library must not allocate in its caller's process.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace immure::text {

enum class Letters : std::uint8_t { kLower, kUpper };

/// The digit for the low four bits of `value`.
[[nodiscard]] constexpr char hex_digit(std::uint64_t value, Letters letters = Letters::kLower) {
  return (letters == Letters::kLower ? "0123456789abcdef" : "0123456789ABCDEF")[value & 0xFU];
}

/// The value of a digit, in either case; nullopt if `c` is no digit.
[[nodiscard]] constexpr std::optional<unsigned> hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

/// True if `text` has only digits, and no upper-case ones. True for an empty text.
[[nodiscard]] constexpr bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// Appends the two digits of one byte.
constexpr void append_hex(std::string& out, char byte, Letters letters = Letters::kLower) {
  const auto value = static_cast<unsigned char>(byte);
  out += {hex_digit(value >> 4U, letters), hex_digit(value, letters)};
}

/// Appends a byte as an escape such as `\xHH` or `%HH`. `prefix` is the part before the digits.
constexpr void append_escape(std::string& out, std::string_view prefix, char byte, Letters letters = Letters::kLower) {
  out += prefix;
  append_hex(out, byte, letters);
}

[[nodiscard]] std::string hex(std::string_view bytes);
[[nodiscard]] std::string hex(std::span<const std::uint8_t> bytes);

/// A number in hexadecimal, with at least `width` digits.
[[nodiscard]] std::string hex_number(std::uint64_t value, std::size_t width = 1, Letters letters = Letters::kLower);

/// Decodes each `%HH` in `text` to its byte. nullopt if two digits do not follow a `%`.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace immure::text
