#include "verify/challenge.hpp"

#include <cerrno>

#include <sys/random.h>

#include "evidence/reader.hpp"
#include "evidence/writer.hpp"
#include "file/io.hpp"
#include "file/named.hpp"
#include "sys/libc.hpp"
#include "text/base64.hpp"
#include "text/json_writer.hpp"
#include "text/utc_time.hpp"
#include "verify/freshness.hpp"

namespace immure::verify {
namespace {

namespace json = evidence::json;

constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kMaxBytes = 16U << 10;
constexpr std::size_t kMaxAudience = 1024;

/// True for a text that evidence can carry unchanged: text::append_json_text() rewrites a byte that is not UTF-8, and
/// the audience in the evidence would then differ from this text.
bool is_audience(std::string_view text) {
  return !text.empty() && text.size() <= kMaxAudience && text::representable(text) == text;
}

Result<void> check(const Challenge& challenge, const std::string& file) {
  const auto bad = [&](std::string_view member, std::string_view what) {
    return fail(Code::kBadInput, file + ":" + std::string(member), what, "`immure challenge` makes a new one.");
  };
  if (challenge.version != kVersion) return bad("/version", "not version 1");
  if (!is_audience(challenge.audience)) return bad("/audience", "must be 1 to 1024 bytes of UTF-8");
  if (!is_nonce(challenge.nonce)) return bad("/nonce", "not 32 bytes in base64url without padding");
  const auto issued = text::unix_seconds(challenge.issued_on);
  const auto expires = text::unix_seconds(challenge.expires_on);
  if (!issued) return bad("/issuedOn", "not a UTC time");
  if (!expires) return bad("/expiresOn", "not a UTC time");
  if (*expires <= *issued) return bad("/expiresOn", "not after issuedOn");
  return {};
}

}  // namespace

Result<Challenge> new_challenge(std::string_view audience, std::int64_t now, std::uint64_t valid_s) {
  if (!is_audience(audience)) return fail(Code::kBadInput, "audience", "must be 1 to 1024 bytes of UTF-8");
  std::string bytes(kNonceBytes, '\0');
  if (const auto filled = sys::fill_with_random(std::as_writable_bytes(std::span(bytes))); !filled)
    return fail(Code::kSystem, "getrandom", "the kernel gives no random bytes", {}, filled.error().value);
  Challenge challenge{.audience = std::string(audience),
                      .expires_on = text::utc_text(now + static_cast<std::int64_t>(valid_s)),
                      .issued_on = text::utc_text(now),
                      .nonce = text::base64url(bytes),
                      .version = kVersion};
  CHECK_OK(check(challenge, "challenge"));
  return challenge;
}

std::string challenge_json(const Challenge& challenge) {
  std::string out;
  evidence::write(out, challenge);
  return out + "\n";
}

Result<Challenge> parse_challenge(std::string_view bytes, const std::string& file) {
  if (bytes.ends_with('\n')) bytes.remove_suffix(1);
  json::Scanner scanner(bytes);
  Challenge challenge;
  evidence::read(scanner, challenge);
  scanner.finish();
  if (scanner.failed()) return fail(Code::kBadInput, file + ":" + scanner.error().where, scanner.error().what);
  CHECK_OK(check(challenge, file));
  return challenge;
}

Result<Challenge> read_challenge(const std::string& path) {
  TRY(const std::string bytes, file::read_named(path, kMaxBytes));
  return parse_challenge(bytes, path);
}

bool is_expired(const Challenge& challenge, std::int64_t now) {
  const auto expires = text::unix_seconds(challenge.expires_on);
  return !expires || now >= *expires;
}

}  // namespace immure::verify
