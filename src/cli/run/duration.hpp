/// Times on the command line.
#pragma once

#include <cstdint>
#include <string_view>

#include "sys/error.hpp"

namespace immure::cli {

/// `500ms`, `90s`, `5m`, `1h`, `7d`; a bare number is seconds. The result is in milliseconds, from 1 ms to a year.
/// Error kUsage names `option`.
[[nodiscard]] Result<std::uint64_t> parse_duration(std::string_view option, std::string_view text);

}  // namespace immure::cli
