#include "text/utc_time.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace immure::text {
namespace {

constexpr std::string_view kDayForm = "0000-00-00";
constexpr std::string_view kTimeForm = "0000-00-00T00:00:00Z";

/// True if `text` has the form of `form`, in which a `0` stands for any digit.
bool has_form(std::string_view text, std::string_view form) {
  return std::ranges::equal(text, form,
                            [](char c, char wanted) { return wanted == '0' ? c >= '0' && c <= '9' : c == wanted; });
}

/// The number that the `size` digits from `at` on stand for. The caller has checked that these characters are digits.
int number(std::string_view text, std::size_t at, std::size_t size) {
  int value = 0;
  for (const char c : text.substr(at, size)) value = value * 10 + (c - '0');
  return value;
}

std::chrono::year_month_day date_of(std::string_view text) {
  using namespace std::chrono;
  return {year(number(text, 0, 4)), month(static_cast<unsigned>(number(text, 5, 2))),
          day(static_cast<unsigned>(number(text, 8, 2)))};
}

template <class Number>
std::string padded(Number value, std::size_t width) {
  std::string digits = std::to_string(value);
  return digits.insert(0, width - std::min(width, digits.size()), '0');
}

}  // namespace

std::string day_text(int year, unsigned month, unsigned day) {
  return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2);
}

std::string utc_text(std::int64_t seconds) {
  using namespace std::chrono;
  const sys_seconds time{std::chrono::seconds(seconds)};
  const auto midnight = floor<days>(time);
  const year_month_day date(midnight);
  const hh_mm_ss clock(time - midnight);
  return day_text(static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day())) +
         "T" + padded(clock.hours().count(), 2) + ":" + padded(clock.minutes().count(), 2) + ":" +
         padded(clock.seconds().count(), 2) + "Z";
}

std::string utc_now() {
  using namespace std::chrono;
  return utc_text(floor<seconds>(system_clock::now()).time_since_epoch().count());
}

bool has_utc_form(std::string_view text) { return has_form(text, kTimeForm); }

std::optional<std::int64_t> unix_seconds(std::string_view text) {
  if (!has_utc_form(text)) return std::nullopt;
  const auto date = date_of(text);
  const int hour = number(text, 11, 2);
  const int minute = number(text, 14, 2);
  const int second = number(text, 17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() * std::int64_t{86'400} + hour * 3600 + minute * 60 +
         second;
}

bool is_day(std::string_view text) { return has_form(text, kDayForm) && date_of(text).ok(); }

}  // namespace immure::text
