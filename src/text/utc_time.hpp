/// Times as evidence has them: `2026-06-09T12:00:00Z`, RFC 3339 in UTC, whole seconds. Nothing in this file asks the
/// C library, because gmtime and strftime read the host's time zone files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace immure::text {

/// Unix seconds as text. Years 0000 to 9999.
[[nodiscard]] std::string utc_text(std::int64_t seconds);

/// The present time as text.
[[nodiscard]] std::string utc_now();

/// True for a text of that form, even if no calendar has the day.
[[nodiscard]] bool has_utc_form(std::string_view text);

/// The inverse of utc_text(); nothing for any other form and for a time that no calendar has.
[[nodiscard]] std::optional<std::int64_t> unix_seconds(std::string_view text);

/// A day as text: `2026-06-09`. Years 0000 to 9999.
[[nodiscard]] std::string day_text(int year, unsigned month, unsigned day);

/// True for a day of the calendar in that form.
[[nodiscard]] bool is_day(std::string_view text);

}  // namespace immure::text
