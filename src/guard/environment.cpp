#include <algorithm>
#include <span>

#include <unistd.h>

#include "guard/tries.hpp"

namespace immure::guard {
namespace {

constexpr std::string_view kSecretNames[] = {
    "TOKEN",      "SECRET",     "PASSWORD",     "PASSWD",
    "PASSPHRASE", "CREDENTIAL", "APIKEY",       "API_KEY",
    "ACCESS_KEY", "SECRET_KEY", "PRIVATE_KEY",  "SIGNING_KEY",
    "AUTH_SOCK",  "_DSN",       "DATABASE_URL", "CONNECTION_STRING",
    "CONN_STR",   "WEBHOOK",    "SESSION_KEY",  "COOKIE",
    "JWT",        "KUBECONFIG", "DOCKER_HOST",  "DBUS_SESSION",
};

// What issuers of credentials begin them with.
constexpr std::string_view kSecretBeginnings[] = {
    "-----BEGIN ", "AKIA", "ASIA",     "ghp_", "gho_",       "ghs_", "github_pat_", "glpat-",    "xoxb-",
    "xoxp-",       "sk-",  "sk_live_", "AIza", "eyJhbGciOi", "npm_", "hvs.",        "dckr_pat_",
};

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  return std::ranges::search(text, part, {}, upper).begin() != text.end() || part.empty();
}

bool named_like_a_secret(std::string_view name) {
  return std::ranges::any_of(kSecretNames, [&](std::string_view part) { return contains_ignoring_case(name, part); });
}

// `scheme://user:password@host`
bool is_connection_string(std::string_view value) {
  const std::size_t scheme = value.find("://");
  if (scheme == std::string_view::npos) return false;
  const std::string_view rest = value.substr(scheme + 3);
  const std::size_t at = rest.substr(0, rest.find('/')).find('@');
  return at != std::string_view::npos && rest.substr(0, at).find(':') != std::string_view::npos;
}

bool shaped_like_a_secret(std::string_view value) {
  return is_connection_string(value) ||
         std::ranges::any_of(kSecretBeginnings, [&](std::string_view start) { return value.starts_with(start); });
}

bool declared(const immure_guard_options& options, std::string_view name) {
  if (options.environment == nullptr) return false;
  return std::ranges::any_of(std::span(options.environment, options.environment_count),
                             [&](const char* allowed) { return allowed != nullptr && name == allowed; });
}

}  // namespace

void try_environment(Tries& tries, const immure_guard_options& options) {
  constexpr std::string_view kCall = "environ";
  bool any = false;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    any = true;
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    if (equals == std::string_view::npos) {
      // Without `=` the whole entry may be a value: it is not shown.
      tries.must_hold(kCall, false, "an entry has no name");
      continue;
    }
    const std::string_view value = text.substr(equals + 1);
    if (!tries.must_hold(kCall, declared(options, name), "is set and was not declared", name)) continue;
    tries.must_hold(kCall, !named_like_a_secret(name), "is named like a secret", name);
    tries.must_hold(kCall, !shaped_like_a_secret(value), "has a value that is shaped like a secret", name);
  }
  if (!any) tries.must_hold(kCall, true, {});
}

}  // namespace immure::guard
