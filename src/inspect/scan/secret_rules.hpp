/// Patterns for secrets in the TOML form of gitleaks, matched by RE2, which has no pattern that takes for ever.
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

/// What is not reported although it matches.
struct SecretAllowlist {
  enum class Target : std::uint8_t { kSecret, kMatch, kLine } target = Target::kSecret;
  bool all = false;  ///< every condition must hold, not any
  std::vector<std::unique_ptr<re2::RE2>> patterns, paths;
  std::vector<std::string> stop_words;  ///< lower case
};

struct SecretRule {
  std::string id, title;
  std::unique_ptr<re2::RE2> pattern, path;  ///< one of them may be missing
  int group = 0;                            ///< which group is the secret; 0: the first that took part, or all
  double entropy = 0;                       ///< bits for each character that a secret has at the least
  std::vector<std::string> keywords;        ///< one must be there, in either case
  std::vector<SecretAllowlist> allowlists;
};

class SecretRules {
 public:
  /// Errors, kBadInput with `file:line:key`: what is no TOML, a key that is not known, a pattern that RE2 does not
  /// take, `[extend]` (it would read other files).
  [[nodiscard]] static Result<SecretRules> parse(std::string_view text, std::string_view file);

  [[nodiscard]] const std::vector<SecretRule>& rules() const { return rules_; }

  /// Calls `found` with rule number, offset and secret, in order of rules, then offsets. A rule of a path alone has an
  /// empty secret. `found` says whether to go on with this rule.
  using Found = std::function<bool(std::size_t rule, std::size_t offset, std::string_view secret)>;
  void scan(std::string_view text, std::string_view path, const Found& found) const;

 private:
  [[nodiscard]] Result<void> index_keywords();
  [[nodiscard]] std::vector<bool> worth_trying(std::string_view text) const;
  void scan(std::size_t rule, std::string_view text, std::string_view path, const Found& found) const;

  std::vector<SecretRule> rules_;
  std::vector<SecretAllowlist> allowlists_;
  std::unique_ptr<re2::RE2::Set> keywords_;     ///< all of them at once; null if there are none
  std::vector<std::vector<std::size_t>> uses_;  ///< rules by keyword
};

/// A secret as a report shows it: its first characters, never more than a quarter of it, its length, and the beginning
/// of its digest. 32 bits tell two secrets apart and fit billions of others.
[[nodiscard]] std::string redacted(std::string_view secret, std::size_t length);

}  // namespace immure::inspect
