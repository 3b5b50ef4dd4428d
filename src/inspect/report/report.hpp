/// The finished inspection as values, and its written forms. The same input gives the same bytes: a report has no times
/// and no host names, and everything is sorted.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "inspect/input_root.hpp"
#include "inspect/limits.hpp"
#include "inspect/pool.hpp"
#include "inspect/report/operator_data.hpp"
#include "inspect/report/output_dir.hpp"
#include "inspect/scan/findings.hpp"
#include "inspect/scan/rule_set.hpp"

namespace immure::inspect {

inline constexpr std::string_view kReportSchema = "urn:immure:inspection-report:v1";
inline constexpr std::string_view kManifestSchema = "urn:immure:inspection-manifest:v1";

struct ReportEntry {
  Entry entry;
  std::optional<file::Digest> sha256;
  std::uint16_t type = 0;
  Covered covered;
  std::string description;  ///< the description by libmagic, if the table does not know the type
  /// The first name in the drop of this very file, if the file has several names.
  std::string same_as;
  std::vector<std::uint16_t> gaps;  ///< rules that name the parts which were not inspected, sorted by id
  std::vector<Member> members;      ///< sorted by path, then by content
};

struct ReportFinding {
  std::string path;  ///< the path of the entry; `.` for the drop itself
  Finding finding;
  std::string fingerprint;             ///< in hex; stays the same when the file's content around the finding changes
  const Accepted* accepted = nullptr;  ///< the baseline's entry that accepts this finding and has not expired
};

struct Report {
  std::vector<ReportEntry> entries;     ///< sorted by path
  std::vector<ReportFinding> findings;  ///< sorted by path, member, rule, offset, length
  std::uint64_t findings_left_out = 0;
  std::array<std::uint64_t, 5> counts{};  ///< findings by severity, without the accepted ones
  std::uint64_t accepted = 0;
  std::optional<Changes> changes;
  bool complete = true;  ///< no finding says that something was not inspected
  /// The ids of the rules which say that something was not inspected, and the number of their findings.
  std::map<std::string_view, std::uint64_t> reasons;
};

/// The state of an entry, as far as comparing reports needs it.
[[nodiscard]] std::string entry_state(const ReportEntry& one);

/// Puts the parts together: sorts, removes repetitions, applies the limits of the run, numbers the findings. `data`
/// must outlive the report.
[[nodiscard]] Report assemble(Scan scan, std::vector<Inspected> inspected, const RuleSet& rules, const Limits& limits,
                              const OperatorData& data);

/// Writes report.json in canonical form (RFC 8785).
void write_json(const Report& report, const RuleSet& rules, const Limits& limits, const OperatorData& data,
                OutputFile& out);
/// Writes report.sarif (SARIF 2.1.0).
void write_sarif(const Report& report, const RuleSet& rules, OutputFile& out);
/// Writes manifest.sha256, for `sha256sum -c` in the drop's root. Names have the bytes on disk, escaped as sha256sum
/// does.
void write_checksums(const Report& report, OutputFile& out);

/// Writes all files into the directory, manifest.json last: if manifest.json exists, all others are complete.
[[nodiscard]] Result<void> write_report(const Report& report, const RuleSet& rules, const Limits& limits,
                                        const OperatorData& data, int directory);

}  // namespace immure::inspect
