#include "text/hex.hpp"

namespace immure::text {

std::string hex(std::string_view bytes) {
  std::string out(bytes.size() * 2, '\0');
  auto digit = out.begin();
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    *digit++ = hex_digit(byte >> 4U);
    *digit++ = hex_digit(byte);
  }
  return out;
}

std::string hex(std::span<const std::uint8_t> bytes) {
  return hex(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::string hex_number(std::uint64_t value, std::size_t width, Letters letters) {
  std::string out;
  for (; value != 0 || out.size() < width; value >>= 4U) out += hex_digit(value, letters);
  std::ranges::reverse(out);
  return out;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  constexpr std::size_t kEscape = 3;
  std::string bytes;
  while (!text.empty()) {
    std::size_t length = 1;
    char byte = text.front();
    if (byte == '%') {
      length = kEscape;
      const auto high = text.size() < length ? std::nullopt : hex_value(text[1]);
      const auto low = text.size() < length ? std::nullopt : hex_value(text[2]);
      if (!high || !low) return std::nullopt;
      byte = static_cast<char>(*high << 4U | *low);
    }
    bytes += byte;
    text.remove_prefix(length);
  }
  return bytes;
}

}  // namespace immure::text
