/// All rules of one run: the built-in rules, the rules in YARA's language, and the rules of libmagic. The inspector
/// compiles or loads all rules before it opens any input.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/scan/magic.hpp"
#include "inspect/scan/rule.hpp"
#include "inspect/scan/secret_rules.hpp"
#include "sys/error.hpp"

struct YR_RULES;

namespace immure::inspect {

/// A rule in the form that reports show.
struct RuleText {
  /// `group.what` for a built-in rule, `yara.NAME` for a bundled YARA rule, `yara.FILE.NAME` for a rule of one of the
  /// user's files, `secret.ID` for a secret.
  std::string id;
  Severity severity = Severity::kMedium;
  std::string title, why, advice;
  bool incomplete = false;
  bool secret = false;  ///< reports never show what the rule matches
  /// The rule matches where a private key begins. It has found one only if a key follows.
  bool private_key = false;
  bool container = false;  ///< the rule matches where a container may begin, and its matches are no findings
  bool encoded = false;    ///< such a rule matches where a file may begin that is written as text
  bool bundled = false;
};

/// Rules that were compiled together, and the number of the first one.
struct CompiledRules {
  struct Destroy {
    void operator()(YR_RULES* set) const;
  };
  std::unique_ptr<YR_RULES, Destroy> rules;
  std::size_t first = 0;
};

/// A file or directory that the user gave besides the drop, and the digest of what the inspector used.
struct Given {
  std::string_view name;  ///< `rules`, `secrets`
  /// The digest of a file. For a directory: the digest of the names and digests of its rule files.
  std::string sha256;
};

class RuleSet {
 public:
  /// Compiles all rules: the bundled ones, those of every *.yar and *.yara file in `directory` (a descriptor, or -1 for
  /// none), and the patterns of `secrets`, the text of a file in the form of gitleaks, if it is not empty. Rules cannot
  /// include files. Errors: kBadInput with `file:line: reason`; more than 100 files, or a file above 4 MiB.
  [[nodiscard]] static Result<RuleSet> compile(int directory, std::string_view secrets = {});

  /// The texts of all rules: first the built-in rules (index = Rule), then the compiled ones (CompiledRules::first +
  /// place), then the rules for secrets.
  [[nodiscard]] const std::vector<RuleText>& texts() const { return texts_; }
  [[nodiscard]] const std::vector<CompiledRules>& compiled() const { return compiled_; }
  [[nodiscard]] const SecretRules& secrets() const { return secrets_; }
  [[nodiscard]] std::size_t first_secret() const { return texts_.size() - secrets_.rules().size(); }
  [[nodiscard]] const std::vector<Given>& given() const { return given_; }
  [[nodiscard]] const Magic& magic() const { return magic_; }

 private:
  void add(YR_RULES* rules, bool bundled);

  std::vector<RuleText> texts_;
  std::vector<CompiledRules> compiled_;
  SecretRules secrets_;
  std::vector<Given> given_;
  Magic magic_;
};

}  // namespace immure::inspect
