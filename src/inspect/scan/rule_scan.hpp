/// Matches the compiled rules against one content.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "inspect/limits.hpp"
#include "inspect/scan/file_type.hpp"
#include "inspect/scan/findings.hpp"
#include "inspect/scan/rule_set.hpp"
#include "inspect/scan/text_content.hpp"

struct YR_SCAN_CONTEXT;

namespace immure::inspect {

/// A content for the rules.
struct RuleInput {
  Bytes bytes;
  /// The members of a container are matched one by one. So on the container as it stands, the bundled rules look only
  /// for secrets: what else matches there has its parts in different members.
  bool container = false;
  std::string_view path;  ///< the path that rules for secrets compare with their patterns for paths
  const std::string& member;
};

class RuleScanner {
 public:
  /// `rules` and `limits` must outlive the scanner.
  RuleScanner(const RuleSet& rules, const Limits& limits);

  struct Scanned {
    std::uint8_t by = 0;                 ///< the bits of the scanners that finished
    std::vector<std::uint64_t> places;   ///< where containers may begin, sorted
    std::vector<std::uint64_t> encoded;  ///< where files written as text may begin, sorted
  };

  /// Adds a finding for each rule that matches. Each secret gets one finding, which shows its first four characters and
  /// a digest that cannot be inverted.
  Scanned scan(const RuleInput& input, FileResult& result);

  /// The same for the wide texts of a content. Unless the content as a whole is one text, only rules for secrets apply.
  [[nodiscard]] bool scan_wide(const RuleInput& input, const WideText& wide, FileResult& result);

 private:
  struct Destroy {
    void operator()(YR_SCAN_CONTEXT* scanner) const;
  };
  struct Job;
  static int on_message(YR_SCAN_CONTEXT* context, int message, void* data, void* user);
  [[nodiscard]] bool scan(std::size_t set, Job& job);
  [[nodiscard]] bool scan_secrets(const RuleInput& input, FileResult& result) const;

  const RuleSet& rules_;
  const Limits& limits_;
  /// One scanner for each set of compiled rules; null if there was no memory for the scanner.
  std::vector<std::unique_ptr<YR_SCAN_CONTEXT, Destroy>> scanners_;
};

}  // namespace immure::inspect
