/// The catalogue of what can be found: stable ids, severities, and why each matters. Rules in YARA's language are added
/// to it when they are compiled (yara_rules.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace immure::inspect {

enum class Severity : std::uint8_t { kInfo, kLow, kMedium, kHigh, kCritical };
[[nodiscard]] std::string_view name(Severity severity);
[[nodiscard]] std::optional<Severity> severity_named(std::string_view name);

/// Built-in rules, in the order of the table in rule.cpp, which is the bytewise order of their ids.
enum class Rule : std::uint16_t {
  kArchiveBadName,
  kArchiveDuplicate,
  kArchiveEncrypted,
  kArchiveLinkOut,
  kArchiveMalformed,
  kArchiveOverlap,
  kArchiveRatio,
  kArchiveSpecial,
  kArchiveTrailing,
  kArchiveTraversal,
  kArchiveUnsupported,
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
  kPathLinkOut,
  kReadChanged,
  kReadFailed,
  kReadParserDied,
  kTextBidi,
  kTypeMacro,
  kTypeMismatch,
  kTypeMismatchExecutable,
  kTypePolyglot,
  kCount,
};

struct RuleInfo {
  std::string_view id;  ///< `group.what`, never changes its meaning
  Severity severity;
  std::string_view title;   ///< what it is, in a few words
  std::string_view why;     ///< why it matters
  std::string_view advice;  ///< what to do
  bool incomplete;          ///< something was not inspected: the coverage is not complete
};

[[nodiscard]] std::span<const RuleInfo> builtin_rules();
[[nodiscard]] const RuleInfo& info(Rule rule);

}  // namespace immure::inspect
