/// Base64 (RFC 4648), written and read strictly.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace immure::text {

/// With padding, without line breaks.
[[nodiscard]] std::string base64(std::string_view bytes);
void append_base64(std::string& out, std::string_view bytes);

/// Nothing but the alphabet and the padding it needs, and the bits that padding leaves over are zero: each byte string
/// has exactly one text. nullopt for anything else.
[[nodiscard]] std::optional<std::string> unbase64(std::string_view text);
/// The same, appended. False, and nothing appended, for anything else.
[[nodiscard]] bool append_unbase64(std::string& out, std::string_view text);
/// How many bytes a text stands for, if it stands for any.
[[nodiscard]] std::size_t unbase64_size(std::string_view text);

/// The same for base64url without padding (RFC 4648, section 5), as nonces are written.
[[nodiscard]] std::optional<std::string> unbase64url(std::string_view text);
[[nodiscard]] std::string base64url(std::string_view bytes);

}  // namespace immure::text
