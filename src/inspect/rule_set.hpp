/// All rules of one run: the built-in ones, then those in YARA's language, compiled before any input is opened.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/rule.hpp"
#include "sys/error.hpp"

struct YR_RULES;

namespace immure::inspect {

/// A rule as reports show it.
struct RuleText {
  std::string id;        ///< built in: `group.what`; YARA: `yara.NAME`, of the user's files `yara.FILE.NAME`
  Severity severity = Severity::kMedium;
  std::string title, why, advice;
  bool incomplete = false;
  bool secret = false;   ///< what it matches is never shown
};

class RuleSet {
 public:
  /// Compiles the bundled rules and every *.yar and *.yara file of `directory` (a descriptor, or -1 for none).
  /// Rules cannot include files. Errors: kBadInput with `file:line: reason`; more than 100 files, or one above 4 MiB.
  [[nodiscard]] static Result<RuleSet> compile(int directory);

  /// Built-in rules first (index = Rule), then the compiled ones (index = kCount + the rule's place in `compiled()`).
  [[nodiscard]] const std::vector<RuleText>& texts() const { return texts_; }
  [[nodiscard]] YR_RULES* compiled() const { return rules_.get(); }

 private:
  struct Destroy {
    void operator()(YR_RULES* rules) const;
  };
  std::vector<RuleText> texts_;
  std::unique_ptr<YR_RULES, Destroy> rules_;
};

}  // namespace immure::inspect
