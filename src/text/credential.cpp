#include "text/credential.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

namespace immure::text {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_alphanumeric(char c) { return is_digit(c) || is_letter(c); }
constexpr char raised(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// ---- names ----

// Nothing in this file allocates memory, because the guard library must not allocate in its caller's process.

/// Reads `aws.secret-key` as `_AWS_SECRET_KEY_`, so that the code can look for whole words.
class Words {
 public:
  explicit Words(std::string_view name) : name_(name) {}
  [[nodiscard]] bool has(std::string_view wanted) const {
    for (std::size_t from = 0; from + wanted.size() <= size(); ++from)
      if (has_at(from, wanted)) return true;
    return false;
  }
  [[nodiscard]] bool has_any(std::span<const std::string_view> wanted) const {
    return std::ranges::any_of(wanted, [&](std::string_view word) { return has(word); });
  }
  [[nodiscard]] bool ends_with(std::string_view wanted) const {
    return wanted.size() <= size() && has_at(size() - wanted.size(), wanted);
  }

 private:
  [[nodiscard]] std::size_t size() const { return name_.size() + 2; }
  [[nodiscard]] char at(std::size_t i) const {
    if (i == 0 || i > name_.size()) return '_';
    return is_alphanumeric(name_[i - 1]) ? raised(name_[i - 1]) : '_';
  }
  [[nodiscard]] bool has_at(std::size_t from, std::string_view wanted) const {
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (at(from + i) != wanted[i]) return false;
    return true;
  }

  std::string_view name_;
};

constexpr std::string_view kWords[] = {
    "_TOKEN_",       "_SECRET_",      "_SECRETS_",      "_PASSWORD_",     "_PASSWORDS_",      "_PASSWD_",
    "_PASSPHRASE_",  "_PASS_",        "_CREDENTIAL_",   "_CREDENTIALS_",  "_CREDS_",          "_APIKEY_",
    "_API_KEY_",     "_API_KEYS_",    "_ACCESS_KEY_",   "_SECRET_KEY_",   "_PRIVATE_KEY_",    "_SIGNING_KEY_",
    "_SESSION_KEY_", "_MASTER_KEY_",  "_ACCOUNT_KEY_",  "_STORAGE_KEY_",  "_ENCRYPTION_KEY_", "_CONNECTION_STRING_",
    "_CONN_STR_",    "_CONNSTR_",     "_DSN_",          "_DATABASE_URL_", "_DB_URL_",         "_REDIS_URL_",
    "_MONGO_URI_",   "_MONGODB_URI_", "_POSTGRES_URL_", "_AMQP_URL_",     "_COOKIE_",         "_COOKIES_",
    "_KUBECONFIG_",  "_NETRC_",       "_JWT_",          "_WEBHOOK_",      "_AUTH_SOCK_",      "_DBUS_SESSION_",
    "_DOCKER_HOST_", "_MYSQL_PWD_",   "_DB_PWD_",       "_SSHPASS_",      "_PGPASSFILE_",
};
/// The ends of compound words: PGPASSWORD, CLIENTSECRET.
constexpr std::string_view kEnds[] = {"PASSWORD_", "PASSWD_",    "PASSPHRASE_", "SECRET_",     "TOKEN_",
                                      "APIKEY_",   "ACCESSKEY_", "SECRETKEY_",  "PRIVATEKEY_", "CONNECTIONSTRING_"};
/// Next to one of these words, `TOKEN` means the unit that a language model counts.
constexpr std::string_view kCounting[] = {"_MAX_",    "_MIN_",  "_LIMIT_", "_LIMITS_", "_COUNT_",
                                          "_LENGTH_", "_SIZE_", "_NUM_",   "_BUDGET_", "_PER_"};
constexpr std::string_view kLast = "_AUTH_";

// ---- values ----

/// The prefix of an issuer's credentials, and the smallest number of characters that must follow the prefix.
struct Form {
  std::string_view beginning, kind;
  std::size_t least;
};
constexpr Form kForms[] = {
    {"ghp_", "a GitHub token", 20},         {"gho_", "a GitHub token", 20},
    {"ghu_", "a GitHub token", 20},         {"ghs_", "a GitHub token", 20},
    {"ghr_", "a GitHub token", 20},         {"github_pat_", "a GitHub token", 20},
    {"glpat-", "a GitLab token", 16},       {"glrt-", "a GitLab token", 16},
    {"gldt-", "a GitLab token", 16},        {"AKIA", "an AWS access key", 16},
    {"ASIA", "an AWS access key", 16},      {"xoxa-", "a Slack token", 10},
    {"xoxb-", "a Slack token", 10},         {"xoxp-", "a Slack token", 10},
    {"xoxr-", "a Slack token", 10},         {"xoxs-", "a Slack token", 10},
    {"xapp-", "a Slack token", 10},         {"AIza", "a Google API key", 30},
    {"sk_live_", "a Stripe key", 16},       {"rk_live_", "a Stripe key", 16},
    {"npm_", "an npm token", 30},           {"pypi-", "a PyPI token", 30},
    {"hvs.", "a Vault token", 20},          {"dckr_pat_", "a Docker token", 16},
    {"SG.", "a SendGrid key", 40},          {"AGE-SECRET-KEY-1", "an age key", 30},
    {"hf_", "a Hugging Face token", 20},    {"dop_v1_", "a DigitalOcean token", 30},
    {"ya29.", "a Google access token", 20},
};

bool is_of_base64(char c) { return is_alphanumeric(c) || c == '+' || c == '/' || c == '='; }
bool is_of_token(char c) { return is_alphanumeric(c) || c == '_' || c == '-' || c == '.'; }

std::string_view token_at(std::string_view text) {
  return text.substr(0, static_cast<std::size_t>(std::ranges::find_if_not(text, is_of_token) - text.begin()));
}

/// True for `eyJ…`, a dot, `eyJ…`, a dot: two JSON objects in base64url, and a signature (RFC 7519).
bool is_web_token(std::string_view token) {
  constexpr std::string_view kObject = "eyJ";
  const std::size_t dot = token.find('.');
  return token.starts_with(kObject) && dot != token.npos && token.substr(dot + 1).starts_with(kObject) &&
         token.find('.', dot + 1) != token.npos;
}

/// True for `sk-` and many characters, of which a dozen in a row mix letters and digits. Plain words joined by hyphens
/// are not a key.
bool is_model_key(std::string_view token) {
  constexpr std::string_view kBeginning = "sk-";
  constexpr std::size_t kRun = 12;
  if (!token.starts_with(kBeginning)) return false;
  std::size_t run = 0;
  bool digit = false, letter = false;
  for (const char c : token.substr(kBeginning.size())) {
    if (!is_alphanumeric(c)) {
      run = 0;
      digit = letter = false;
      continue;
    }
    ++run;
    digit = digit || is_digit(c);
    letter = letter || is_letter(c);
    if (run >= kRun && digit && letter) return true;
  }
  return false;
}

/// True for `Bearer …` and `Basic …`, as they appear in an HTTP header (RFC 6750, RFC 7617).
bool is_http_credential(std::string_view text) {
  constexpr std::size_t kLeast = 16;
  for (const std::string_view scheme : {std::string_view("BEARER "), std::string_view("BASIC ")}) {
    if (text.size() <= scheme.size() || !std::ranges::equal(text.substr(0, scheme.size()), scheme, {}, raised))
      continue;
    const std::string_view rest = text.substr(scheme.size());
    const auto end = std::ranges::find_if_not(rest, [](char c) { return is_of_token(c) || is_of_base64(c); });
    if (static_cast<std::size_t>(end - rest.begin()) >= kLeast) return true;
  }
  return false;
}

/// True for the base64 of a private key's DER without the lines of PEM: a SEQUENCE of more than 255 bytes, or an
/// Ed25519 key of PKCS#8 (RFC 8410).
bool is_bare_key(std::string_view text) {
  constexpr std::size_t kLeastOfRsa = 400;
  const auto end = std::ranges::find_if_not(text, is_of_base64);
  const auto length = static_cast<std::size_t>(end - text.begin());
  return (text.starts_with("MII") && length >= kLeastOfRsa) || text.starts_with("MC4CAQAwBQYDK2VwBCIEI");
}

/// The kind of credential that the text begins with; empty if it begins with none.
std::string_view credential_at(std::string_view text) {
  const std::string_view token = token_at(text);
  for (const Form& form : kForms)
    if (token.starts_with(form.beginning) && token.size() >= form.beginning.size() + form.least) return form.kind;
  if (is_web_token(token)) return "a JSON web token";
  if (is_http_credential(text)) return "credentials of HTTP";
  if (is_bare_key(text)) return "a private key";
  return is_model_key(token) ? std::string_view("an API key") : std::string_view();
}

bool has_private_key(std::string_view value) {
  const std::size_t begin = value.find("-----BEGIN ");
  return begin != value.npos && value.find("PRIVATE KEY", begin) != value.npos;
}

/// True for `scheme://user:password@host`.
bool is_connection_string(std::string_view value) {
  for (std::size_t scheme = value.find("://"); scheme != value.npos; scheme = value.find("://", scheme + 3)) {
    const std::string_view rest = value.substr(scheme + 3);
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?# \n"));
    const std::size_t at = authority.rfind('@');
    if (at == authority.npos) continue;
    const std::size_t colon = authority.substr(0, at).find(':');
    if (colon != authority.npos && colon + 1 < at) return true;
  }
  return false;
}

/// True for `Server=…;Password=…`.
bool has_password_field(std::string_view value) {
  constexpr std::string_view kFields[] = {"PASSWORD=", "PWD=", "ACCOUNTKEY=", "SHAREDACCESSKEY="};
  constexpr std::string_view kBefore = "; &-";
  const auto follows = [](std::string_view text, std::string_view field) {
    return text.size() > field.size() && std::ranges::equal(text.substr(0, field.size()), field, {}, raised);
  };
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (i != 0 && kBefore.find(value[i - 1]) == kBefore.npos) continue;
    for (const std::string_view field : kFields)
      if (follows(value.substr(i), field)) return true;
  }
  return false;
}

}  // namespace

CredentialNames credential_names() { return {.words = kWords, .ends = kEnds, .counting = kCounting, .last = kLast}; }

bool named_like_credential(std::string_view name) {
  const Words words(name);
  // Only `TOKEN` can mean something other than a credential: the unit that a language model counts.
  if (words.has("TOKEN_") && words.has_any(kCounting)) return false;
  return words.has_any(kWords) || words.has_any(kEnds) || words.ends_with(kLast);
}

std::string_view credential_in(std::string_view value) {
  if (has_private_key(value)) return "a private key";
  if (is_connection_string(value)) return "a connection string with a password";
  if (has_password_field(value)) return "a connection string with a password";
  bool inside = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (!inside)
      if (const std::string_view kind = credential_at(value.substr(i)); !kind.empty()) return kind;
    inside = is_alphanumeric(value[i]);
  }
  return {};
}

}  // namespace immure::text
