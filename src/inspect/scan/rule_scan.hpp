/// Matches the compiled rules against one content.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "inspect/limits.hpp"
#include "inspect/scan/file_type.hpp"
#include "inspect/scan/findings.hpp"
#include "inspect/scan/rule_set.hpp"

struct YR_SCAN_CONTEXT;

namespace immure::inspect {

class RuleScanner {
 public:
  /// `rules` and `limits` must outlive the scanner.
  RuleScanner(const RuleSet& rules, const Limits& limits);

  /// Adds a finding for each rule that matches. Rules for secrets apply only to texts. Each secret gets one finding,
  /// which shows its first four characters and a digest that cannot be inverted. Returns the bits of the scanners that
  /// finished. `path` is the text that rules for secrets compare with their patterns for paths.
  std::uint8_t scan(Bytes bytes, bool text, std::string_view path, const std::string& member, FileResult& result);

 private:
  struct Destroy {
    void operator()(YR_SCAN_CONTEXT* scanner) const;
  };
  [[nodiscard]] bool scan(std::size_t set, Bytes bytes, bool text, const std::string& member, FileResult& result);

  void scan_secrets(std::string_view text, std::string_view path, const std::string& member, FileResult& result) const;

  const RuleSet& rules_;
  const Limits& limits_;
  /// One scanner for each set of compiled rules; null if there was no memory for the scanner.
  std::vector<std::unique_ptr<YR_SCAN_CONTEXT, Destroy>> scanners_;
};

}  // namespace immure::inspect
