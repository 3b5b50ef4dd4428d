/// The catalogue of everything that can be found: stable ids, severities, and why each finding matters. Compiled rules
/// in YARA's language extend the catalogue (rule_set.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace immure::inspect {

enum class Severity : std::uint8_t { kInfo, kLow, kMedium, kHigh, kCritical };
[[nodiscard]] std::string_view name(Severity severity);
[[nodiscard]] std::optional<Severity> severity_named(std::string_view name);

/// The built-in rules, in the order of the table in rule.cpp: sorted bytewise by id.
enum class Rule : std::uint16_t {
  kArchiveBadName,
  kArchiveDuplicate,
  kArchiveEmbedded,
  kArchiveEncrypted,
  kArchiveLinkAbsolute,
  kArchiveLinkOut,
  kArchiveMalformed,
  kArchiveOverlap,
  kArchiveRatio,
  kArchiveSpecial,
  kArchiveThroughLink,
  kArchiveTrailing,
  kArchiveTraversal,
  kArchiveUnsupported,
  kArchiveViews,
  kBaselineExpired,
  kBaselineUnused,
  kElfExecutableStack,
  kElfMalformed,
  kElfNoPie,
  kElfNoRelro,
  kElfNoStackProtector,
  kElfRunPath,
  kElfTextRelocation,
  kElfWritableCode,
  kLimitAnalysed,
  kLimitDepth,
  kLimitDirectoryDepth,
  kLimitEntries,
  kLimitExpandedFile,
  kLimitExpandedRun,
  kLimitFileTime,
  kLimitFindings,
  kLimitInventory,
  kLimitMatches,
  kLimitMembers,
  kLimitRulesTime,
  kLimitRunTime,
  kLimitSecretBytes,
  kModeCapabilities,
  kModeHardLink,
  kModeSetId,
  kModeSpecial,
  kModeWritable,
  kNameBidi,
  kNameCaseCollision,
  kNameControl,
  kNameDoubleExtension,
  kNameInvisible,
  kNameLeadingDash,
  kNameMixedScript,
  kNameNotUtf8,
  kNameOverlong,
  kNamePortability,
  kNameReserved,
  kPathLinkAbsolute,
  kPathLinkOut,
  kReadChanged,
  kReadFailed,
  kReadParserDied,
  kTextBidi,
  kTypeMacro,
  kTypeMismatch,
  kTypeMismatchExecutable,
  kTypePolyglot,
  kTypeUnknown,
  kCount,
};

struct RuleInfo {
  std::string_view id;  ///< `group.what`; an id never changes its meaning
  Severity severity;
  std::string_view title;   ///< what the finding is, in a few words
  std::string_view why;     ///< why it matters
  std::string_view advice;  ///< what the reader should do
  bool incomplete;          ///< the rule says that something was not inspected, so the coverage is not complete
};

[[nodiscard]] std::span<const RuleInfo> builtin_rules();
[[nodiscard]] const RuleInfo& info(Rule rule);

}  // namespace immure::inspect
