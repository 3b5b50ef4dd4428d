/// The finished inspection as values, and its written forms. Same input, same bytes: no times, no names of hosts,
/// everything sorted.
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
  std::string description;          ///< libmagic's, of what the table does not know
  std::string same_as;              ///< the first name in the drop of this very file, if it has another
  std::vector<std::uint16_t> gaps;  ///< rules that say what of it was not inspected, sorted by id
  std::vector<Member> members;      ///< sorted by path, then by content
};

struct ReportFinding {
  std::string path;  ///< of the entry; `.` for the drop itself
  Finding finding;
  std::string fingerprint;             ///< hex; stays the same when the file's content changes around it
  const Accepted* accepted = nullptr;  ///< of the baseline, and not expired
};

struct Report {
  std::vector<ReportEntry> entries;     ///< sorted by path
  std::vector<ReportFinding> findings;  ///< sorted by path, member, rule, offset, length
  std::uint64_t findings_left_out = 0;
  std::array<std::uint64_t, 5> counts{};  ///< by severity, without those that are accepted
  std::uint64_t accepted = 0;
  std::optional<Changes> changes;
  bool complete = true;                               ///< no finding says that something was not inspected
  std::map<std::string_view, std::uint64_t> reasons;  ///< ids of those that say so, and how many there are
};

/// What an entry is, as far as a comparison of reports goes.
[[nodiscard]] std::string entry_state(const ReportEntry& one);

/// Puts the parts together: sorts, removes repetitions, applies the limits of the run, numbers the findings. `data`
/// must outlive the report.
[[nodiscard]] Report assemble(Scan scan, std::vector<Inspected> inspected, const RuleSet& rules, const Limits& limits,
                              const OperatorData& data);

/// report.json, canonical (RFC 8785).
void write_json(const Report& report, const RuleSet& rules, const Limits& limits, const OperatorData& data,
                OutputFile& out);
/// report.sarif, SARIF 2.1.0.
void write_sarif(const Report& report, const RuleSet& rules, OutputFile& out);
/// manifest.sha256, for `sha256sum -c` in the drop's root. Names are there as they are on disk, escaped as sha256sum
/// does.
void write_checksums(const Report& report, OutputFile& out);

/// Writes all of them into the directory, manifest.json last: where it is, the others are complete.
[[nodiscard]] Result<void> write_report(const Report& report, const RuleSet& rules, const Limits& limits,
                                        const OperatorData& data, int directory);

}  // namespace immure::inspect
