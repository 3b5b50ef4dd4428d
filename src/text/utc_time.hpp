/// Times in the form that evidence uses: `2026-06-09T12:00:00Z` (RFC 3339), in UTC, whole seconds. No function in this
/// file calls gmtime or strftime, because both read the host's time zone files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace immure::text {

/// The text for a time in Unix seconds. Works for the years 0000 to 9999.
[[nodiscard]] std::string utc_text(std::int64_t seconds);

/// The present time as text.
[[nodiscard]] std::string utc_now();

/// True if `text` has the form of utc_text(), even if no calendar has such a day.
[[nodiscard]] bool has_utc_form(std::string_view text);

/// The Unix seconds of a text. nullopt for a text of another form, and for a time that no calendar has.
[[nodiscard]] std::optional<std::int64_t> unix_seconds(std::string_view text);

/// The text for a day: `2026-06-09`. Works for the years 0000 to 9999.
[[nodiscard]] std::string day_text(int year, unsigned month, unsigned day);

/// True if `text` has the form of day_text(), and the calendar has the day.
[[nodiscard]] bool is_day(std::string_view text);

}  // namespace immure::text
