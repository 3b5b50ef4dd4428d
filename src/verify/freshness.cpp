#include "verify/freshness.hpp"

#include <algorithm>
#include <chrono>

#include "evidence/base64.hpp"

namespace immure::verify {
namespace {

std::optional<judge::Finding> check_nonce(const evidence::Evidence& evidence, const std::string& expected) {
  if (!is_nonce(expected)) return judge::Finding{"nonce-request", "--nonce", "base64url of 32 bytes", expected};
  if (!evidence.nonce) return judge::Finding{"nonce-missing", "/nonce", expected, "none"};
  if (!is_nonce(*evidence.nonce))
    return judge::Finding{"nonce-malformed", "/nonce", "base64url of 32 bytes", *evidence.nonce};
  if (*evidence.nonce != expected) return judge::Finding{"nonce-mismatch", "/nonce", expected, *evidence.nonce};
  return std::nullopt;
}

std::optional<judge::Finding> check_times(const evidence::Evidence& evidence, const Request& request) {
  const auto started = unix_seconds(evidence.started_on);
  const auto finished = unix_seconds(evidence.finished_on);
  if (!started) return judge::Finding{"time-malformed", "/startedOn", "a date of the calendar", evidence.started_on};
  if (!finished) return judge::Finding{"time-malformed", "/finishedOn", "a date of the calendar", evidence.finished_on};
  if (*finished < *started)
    return judge::Finding{"time-order", "/finishedOn", "not before " + evidence.started_on, evidence.finished_on};
  if (*finished > request.now + kClockSkewSeconds)
    return judge::Finding{"evidence-future", "/finishedOn", "not after now", evidence.finished_on};
  const std::int64_t age = request.now - *finished;
  if (request.max_age_s != 0 && age > 0 && static_cast<std::uint64_t>(age) > request.max_age_s)
    return judge::Finding{"evidence-stale", "/finishedOn", "not older than " + std::to_string(request.max_age_s) + " s",
                          std::to_string(age) + " s old"};
  return std::nullopt;
}

/// The nonce and the audience are compared like any other; here is what only a whole challenge says.
std::optional<judge::Finding> check_challenge(const evidence::Evidence& evidence, const Request& request) {
  if (!request.challenge) return std::nullopt;
  const Challenge& challenge = *request.challenge;
  if (is_expired(challenge, request.now))
    return judge::Finding{"challenge-expired", "--challenge", "an appraisal before " + challenge.expires_on,
                          utc_text(request.now)};
  // That the nonce is in the evidence shows that it was made later, whatever the two clocks say; this finds a host
  // whose clock is wrong.
  if (*unix_seconds(evidence.started_on) + kClockSkewSeconds < *unix_seconds(challenge.issued_on))
    return judge::Finding{"challenge-later", "/startedOn", "not before " + challenge.issued_on, evidence.started_on};
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> unix_seconds(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00Z";
  if (text.size() != kShape.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (kShape[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != kShape[i]) return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t digits) {
    int value = 0;
    for (const char c : text.substr(at, digits)) value = value * 10 + (c - '0');
    return value;
  };
  using namespace std::chrono;
  const year_month_day date(year(number(0, 4)), month(static_cast<unsigned>(number(5, 2))),
                            day(static_cast<unsigned>(number(8, 2))));
  const int hour = number(11, 2);
  const int minute = number(14, 2);
  const int second = number(17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return sys_days(date).time_since_epoch().count() * std::int64_t{86'400} + hour * 3600 + minute * 60 + second;
}

std::string utc_text(std::int64_t seconds) {
  using namespace std::chrono;
  const sys_seconds time{std::chrono::seconds(seconds)};
  const auto midnight = floor<days>(time);
  const year_month_day date(midnight);
  const hh_mm_ss clock(time - midnight);
  const auto padded = [](auto value, std::size_t width) {
    std::string digits = std::to_string(value);
    return digits.insert(0, width - std::min(width, digits.size()), '0');
  };
  return padded(static_cast<int>(date.year()), 4) + "-" + padded(static_cast<unsigned>(date.month()), 2) + "-" +
         padded(static_cast<unsigned>(date.day()), 2) + "T" + padded(clock.hours().count(), 2) + ":" +
         padded(clock.minutes().count(), 2) + ":" + padded(clock.seconds().count(), 2) + "Z";
}

bool is_nonce(std::string_view text) {
  const auto bytes = evidence::unbase64url(text);
  return bytes && bytes->size() == kNonceBytes;
}

std::optional<judge::Finding> check_freshness(const evidence::Evidence& evidence, const Request& request) {
  if (request.nonce)
    if (auto finding = check_nonce(evidence, *request.nonce)) return finding;
  if (request.audience && evidence.audience != request.audience)
    return judge::Finding{"audience-mismatch", "/audience", *request.audience, evidence.audience.value_or("none")};
  if (auto finding = check_times(evidence, request)) return finding;
  return check_challenge(evidence, request);
}

}  // namespace immure::verify
