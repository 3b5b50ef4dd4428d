#include "text/utc_time.hpp"

#include <string>

#include <gtest/gtest.h>

namespace immure::text {
namespace {

TEST(UtcTime, IsWrittenAsRfc3339InUtc) {
  EXPECT_EQ(utc_text(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(utc_text(951'782'399), "2000-02-28T23:59:59Z");
  EXPECT_EQ(utc_text(951'782'400), "2000-02-29T00:00:00Z");
  EXPECT_EQ(utc_text(-62'167'219'200), "0000-01-01T00:00:00Z");
  EXPECT_EQ(utc_text(253'402'300'799), "9999-12-31T23:59:59Z");
}

TEST(UtcTime, IsReadBackAsTheSameSecond) {
  for (std::int64_t seconds = -62'167'219'200; seconds <= 253'402'300'799; seconds += 86'399 * 1000)
    EXPECT_EQ(unix_seconds(utc_text(seconds)), seconds);
  EXPECT_GT(unix_seconds(utc_now()).value_or(0), 1'700'000'000);
}

TEST(UtcTime, HasOneFormOnly) {
  for (const char* text : {"", "2026-06-09", "2026-06-09T12:00:00", "2026-06-09t12:00:00Z", "2026-06-09T12:00:00z",
                           "2026-06-09 12:00:00Z", "2026-06-09T12:00:00.0Z", "2026-06-09T12:00:00+00:00",
                           "-026-06-09T12:00:00Z", "2026-06-09T12:00:00ZZ", "2026-6-9T12:00:00Z"}) {
    EXPECT_FALSE(has_utc_form(text)) << text;
    EXPECT_FALSE(unix_seconds(text)) << text;
  }
}

TEST(UtcTime, TheCalendarDecidesWhichTimesThereAre) {
  for (const char* text : {"2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
                           "2026-06-09T24:00:00Z", "2026-06-09T23:60:00Z", "2026-06-09T23:59:60Z"}) {
    EXPECT_TRUE(has_utc_form(text)) << text;
    EXPECT_FALSE(unix_seconds(text)) << text;
  }
}

TEST(UtcTime, ADayIsOneOfTheCalendar) {
  EXPECT_EQ(day_text(987, 6, 5), "0987-06-05");
  for (const char* text : {"2024-02-29", "2026-12-31", "0000-01-01"}) EXPECT_TRUE(is_day(text)) << text;
  for (const char* text : {"", "2026-02-29", "2026-00-01", "2026-1-01", "-026-01-01", "2026-01-01T", "2026/01/01"})
    EXPECT_FALSE(is_day(text)) << text;
}

}  // namespace
}  // namespace immure::text
