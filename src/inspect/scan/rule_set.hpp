/// All rules of one run: the built-in ones, then those in YARA's language, and libmagic's; compiled or loaded before
/// any input is opened.
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

/// A rule as reports show it.
struct RuleText {
  std::string id;  ///< built in: `group.what`; YARA: `yara.NAME`, of the user's files `yara.FILE.NAME`; `secret.ID`
  Severity severity = Severity::kMedium;
  std::string title, why, advice;
  bool incomplete = false;
  bool secret = false;  ///< what it matches is never shown
};

/// Rules compiled together, and the number of the first of them.
struct CompiledRules {
  struct Destroy {
    void operator()(YR_RULES* set) const;
  };
  std::unique_ptr<YR_RULES, Destroy> rules;
  std::size_t first = 0;
};

/// What the user gave besides the drop, and what of it was used.
struct Given {
  std::string_view name;  ///< `rules`, `secrets`
  std::string sha256;     ///< of a file; of a directory: of its rule files' names and digests
};

class RuleSet {
 public:
  /// The bundled rules, and those of every *.yar and *.yara file of `directory` (a descriptor, or -1 for none),
  /// compiled now, and the patterns of `secrets`, a file in gitleaks' form, if it is not empty. Rules cannot include
  /// files. Errors: kBadInput with `file:line: reason`; more than 100 files, or one above 4 MiB.
  [[nodiscard]] static Result<RuleSet> compile(int directory, std::string_view secrets = {});

  /// Built-in rules first (index = Rule), then the compiled ones (CompiledRules::first + place), then secrets'.
  [[nodiscard]] const std::vector<RuleText>& texts() const { return texts_; }
  [[nodiscard]] const std::vector<CompiledRules>& compiled() const { return compiled_; }
  [[nodiscard]] const SecretRules& secrets() const { return secrets_; }
  [[nodiscard]] std::size_t first_secret() const { return texts_.size() - secrets_.rules().size(); }
  [[nodiscard]] const std::vector<Given>& given() const { return given_; }
  [[nodiscard]] const Magic& magic() const { return magic_; }

 private:
  void add(YR_RULES* rules);

  std::vector<RuleText> texts_;
  std::vector<CompiledRules> compiled_;
  SecretRules secrets_;
  std::vector<Given> given_;
  Magic magic_;
};

}  // namespace immure::inspect
