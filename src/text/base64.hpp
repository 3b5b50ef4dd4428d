/// Base64 (RFC 4648): strict in writing and in reading.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace immure::text {

/// The 64 digits, in the order of their values.
inline constexpr std::string_view kBase64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The text for `bytes`, with padding and without line breaks.
[[nodiscard]] std::string base64(std::string_view bytes);
void append_base64(std::string& out, std::string_view bytes);

/// The bytes of a base64 text. The text must have only characters of the alphabet and the right padding, and the bits
/// that padding leaves over must be zero. So each byte string has exactly one text (RFC 4648, section 3.5). nullopt for
/// any other text.
[[nodiscard]] std::optional<std::string> unbase64(std::string_view text);
/// Like unbase64(), but appends the bytes to `out`. For any other text returns false and appends nothing.
[[nodiscard]] bool append_unbase64(std::string& out, std::string_view text);
/// The number of bytes that a well-formed text decodes to. For any other text the number means nothing.
[[nodiscard]] std::size_t unbase64_size(std::string_view text);

/// Decodes base64url without padding (RFC 4648, section 5), as strictly as unbase64(). Nonces are written in this form.
[[nodiscard]] std::optional<std::string> unbase64url(std::string_view text);
[[nodiscard]] std::string base64url(std::string_view bytes);

}  // namespace immure::text
