/// Bytes as hexadecimal digits, written and read. Nothing in this file allocates memory unless it returns a string,
/// because the guard library must not allocate in its caller's process.
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

/// What a digit stands for, in either case; nothing if `c` is no digit.
[[nodiscard]] constexpr std::optional<unsigned> hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

/// True if `text` has only digits, lower-case ones; also if it is empty.
[[nodiscard]] constexpr bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// Appends the two digits of one byte.
constexpr void append_hex(std::string& out, char byte, Letters letters = Letters::kLower) {
  const auto value = static_cast<unsigned char>(byte);
  out += {hex_digit(value >> 4U, letters), hex_digit(value, letters)};
}

/// Appends a byte as an escape: `\xHH` or `%HH`, whose beginning is `prefix`.
constexpr void append_escape(std::string& out, std::string_view prefix, char byte, Letters letters = Letters::kLower) {
  out += prefix;
  append_hex(out, byte, letters);
}

[[nodiscard]] std::string hex(std::string_view bytes);
[[nodiscard]] std::string hex(std::span<const std::uint8_t> bytes);

/// A number with at least `width` digits.
[[nodiscard]] std::string hex_number(std::uint64_t value, std::size_t width = 1, Letters letters = Letters::kLower);

/// The bytes of `text`, in which bytes may stand as `%HH`; nothing if two digits do not follow a `%`.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace immure::text
