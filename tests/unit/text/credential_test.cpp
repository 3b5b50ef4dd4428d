#include "text/credential.hpp"

#include <gtest/gtest.h>

#include <string>

namespace immure::text {
namespace {

// The test puts the credentials together from pieces, so that a scanner for secrets finds no credential in this file.
std::string joined(std::string_view beginning, std::string_view rest) {
  return std::string(beginning) + std::string(rest);
}
constexpr std::string_view kMixed = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0";

TEST(Credential, NamesThatPromiseOneAreKnown) {
  for (const char* name : {"GITHUB_TOKEN",
                           "AWS_SECRET_ACCESS_KEY",
                           "PGPASSWORD",
                           "DB_PASSWORD",
                           "SENTRY_DSN",
                           "DATABASE_URL",
                           "dsn",
                           "stripe_api_key",
                           "SSH_AUTH_SOCK",
                           "GOOGLE_APPLICATION_CREDENTIALS",
                           "REDIS_AUTH",
                           "MYSQL_PWD",
                           "CLIENTSECRET",
                           "npm.token",
                           "KUBECONFIG",
                           "APIKEY",
                           "OPENAI_API_KEY",
                           "JWT",
                           "SESSION_COOKIE",
                           "SLACK_WEBHOOK",
                           "DB_PASS"})
    EXPECT_TRUE(named_like_credential(name)) << name;
}

TEST(Credential, NamesOfOtherThingsAreNoCredentials) {
  for (const char* name : {"HOME",
                           "LANG",
                           "PATH",
                           "TZ",
                           "LC_ALL",
                           "TMPDIR",
                           "AUTHOR",
                           "KEYBOARD",
                           "PWD",
                           "OLDPWD",
                           "MAX_TOKENS",
                           "TOKENIZERS_PARALLELISM",
                           "MAX_TOKEN_LENGTH",
                           "TOKEN_LIMIT",
                           "COMPASS",
                           "SECRETARY",
                           "AUTHORITY",
                           "PASSENGERS",
                           "COOKIECUTTER_CONFIG",
                           "BYPASS",
                           "XPASSING",
                           "KEY",
                           "PRIMARY_KEY",
                           "URL",
                           "AUTH_MODE"})
    EXPECT_FALSE(named_like_credential(name)) << name;
}

TEST(Credential, ValuesAreKnownByTheirIssuersForms) {
  for (const char* beginning : {"ghp_", "gho_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "AIza", "sk-", "sk-proj-",
                                "sk_live_", "npm_", "pypi-", "hvs.", "dckr_pat_"})
    EXPECT_FALSE(credential_in(joined(beginning, kMixed)).empty()) << beginning;
  EXPECT_FALSE(credential_in(joined("AKIA", "IOSFODNN7EXAMPLE")).empty());
  EXPECT_FALSE(credential_in(joined("ASIA", "IOSFODNN7EXAMPLE")).empty());
  EXPECT_FALSE(credential_in(joined("eyJhbGciOiJIUzI1NiJ9.eyJ", "zdWIiOiIxIn0.c2ln")).empty());
  EXPECT_FALSE(credential_in(joined("-----BEGIN RSA ", "PRIVATE KEY-----\nMIIE")).empty());
  for (const char* beginning : {"hf_", "dop_v1_", "ya29.", "Bearer ", "Authorization: Basic ", "basic "})
    EXPECT_FALSE(credential_in(joined(beginning, kMixed)).empty()) << beginning;
  EXPECT_FALSE(credential_in("--user=me --password=hunter2").empty());
  // Keys without the lines of PEM: PKCS#8 of Ed25519, and RSA.
  EXPECT_FALSE(credential_in(joined("MC4CAQAwBQYDK2VwBCIE", "ILx5b2N0ZXQgc3RyaW5nIG9mIDMyIGJ5dGVzISE=")).empty());
  EXPECT_FALSE(credential_in(joined("MIIEvQIBADANBgkqhkiG9w0B", std::string(1600, 'A'))).empty());
  EXPECT_TRUE(credential_in("Basic understanding of things").empty());
  EXPECT_TRUE(credential_in("the bearer of bad news").empty());
  EXPECT_FALSE(credential_in("postgres://me:pass@db/x").empty());
  EXPECT_FALSE(credential_in("see https://user:hunter2@host").empty());
  EXPECT_FALSE(credential_in("Server=db;User Id=me;Password=hunter2").empty());
}

TEST(Credential, ValuesAreKnownInsideOfOtherText) {
  EXPECT_EQ(credential_in(joined("Authorization: token ghp_", kMixed)), "a GitHub token");
  EXPECT_EQ(credential_in(joined("{\"key\":\"AKIA", "IOSFODNN7EXAMPLE\"}")), "an AWS access key");
}

TEST(Credential, OtherValuesAreNone) {
  for (const char* value :
       {"", "1", "C.UTF-8", "/usr/bin:/bin", "sk-learn-model-classification-v2", "risk-assessment-2024", "ghp_short",
        "https://example.org/a:b@c", "https://user@host/", "http://localhost:8080/x@y", "-----BEGIN CERTIFICATE-----",
        "AKIA", "eyJhbGciOiJub25lIn0", "Password=", "task-a1b2c3d4e5f6g7h8i9j0", "AIzabc", "key=value", "12:30"})
    EXPECT_TRUE(credential_in(value).empty()) << value;
}

}  // namespace
}  // namespace immure::text
