/// Tells a private key from the mere words that begin one, which stand in programs, tests and manuals.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace immure::inspect {

/// The body of the key in base64, without white space and headers, if one follows. `text` begins after the line
/// `-----BEGIN … PRIVATE KEY-----`. So the same key has the same body however its lines are broken, and also within a
/// string of a program, with \n for each end of a line.
[[nodiscard]] std::optional<std::string> private_key_body(std::string_view text);

}  // namespace immure::inspect
