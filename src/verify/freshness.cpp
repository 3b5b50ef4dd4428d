#include "verify/freshness.hpp"

#include <algorithm>

#include "text/base64.hpp"
#include "text/utc_time.hpp"

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
  const auto started = text::unix_seconds(evidence.started_on);
  const auto finished = text::unix_seconds(evidence.finished_on);
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

/// Checks the times of a challenge. check_freshness() compares the nonce and the audience, with or without a challenge.
std::optional<judge::Finding> check_challenge(const evidence::Evidence& evidence, const Request& request) {
  if (!request.challenge) return std::nullopt;
  const Challenge& challenge = *request.challenge;
  if (is_expired(challenge, request.now))
    return judge::Finding{"challenge-expired", "--challenge", "an appraisal before " + challenge.expires_on,
                          text::utc_text(request.now)};
  // A nonce in the evidence shows that the run came after the challenge, no matter what the two clocks say. So this
  // check only finds a host whose clock is wrong.
  if (*text::unix_seconds(evidence.started_on) + kClockSkewSeconds < *text::unix_seconds(challenge.issued_on))
    return judge::Finding{"challenge-later", "/startedOn", "not before " + challenge.issued_on, evidence.started_on};
  return std::nullopt;
}

}  // namespace

bool is_nonce(std::string_view text) {
  const auto bytes = text::unbase64url(text);
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
