/// Patterns for secrets, in the TOML form of gitleaks. RE2 matches them, because no pattern takes RE2 exponential time.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <re2/re2.h>
#include <re2/set.h>

#include "sys/error.hpp"

namespace immure::inspect {

/// Exceptions: matches that are not reported.
struct SecretAllowlist {
  enum class Target : std::uint8_t { kSecret, kMatch, kLine } target = Target::kSecret;
  bool all = false;  ///< all conditions must hold, instead of one
  std::vector<std::unique_ptr<re2::RE2>> patterns, paths;
  std::vector<std::string> stop_words;  ///< in lower case
};

struct SecretRule {
  std::string id, title;
  std::unique_ptr<re2::RE2> pattern, path;  ///< one of the two may be missing
  /// The number of the group that is the secret. 0 means the first group that took part in the match, or else the whole
  /// match.
  int group = 0;
  double entropy = 0;                 ///< the least entropy of a secret, in bits per character
  std::vector<std::string> keywords;  ///< the text must have one of them, in any case
  std::vector<SecretAllowlist> allowlists;
};

class SecretRules {
 public:
  /// Parses rules. Errors, kBadInput with `file:line:key`: not TOML, an unknown key, a pattern that RE2 refuses,
  /// `[extend]` (which would read other files).
  [[nodiscard]] static Result<SecretRules> parse(std::string_view text, std::string_view file);

  [[nodiscard]] const std::vector<SecretRule>& rules() const { return rules_; }

  /// Calls `found` with the rule's number, the offset and the secret, in the order of rules and then of offsets. A rule
  /// that has only a path gives an empty secret. `found` returns whether to continue with this rule.
  using Found = std::function<bool(std::size_t rule, std::size_t offset, std::string_view secret)>;
  void scan(std::string_view text, std::string_view path, const Found& found) const;

 private:
  [[nodiscard]] Result<void> index_keywords();
  [[nodiscard]] std::vector<bool> worth_trying(std::string_view text) const;
  void scan(std::size_t rule, std::string_view text, std::string_view path, const Found& found) const;

  std::vector<SecretRule> rules_;
  std::vector<SecretAllowlist> allowlists_;
  /// Looks for all keywords at once; null if there are none.
  std::unique_ptr<re2::RE2::Set> keywords_;
  std::vector<std::vector<std::size_t>> uses_;  ///< the rules that use each keyword
};

/// A secret in the form that a report shows: its first characters, but never more than a quarter of it, its length, and
/// the beginning of its digest. 32 bits of digest tell two secrets apart, but fit billions of other texts.
[[nodiscard]] std::string redacted(std::string_view secret, std::size_t length);

}  // namespace immure::inspect
