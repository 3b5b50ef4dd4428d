#include "inspect/report.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <tuple>

#include "inspect/metadata.hpp"

namespace immure::inspect {
namespace {

const RuleText& rule_of(const RuleSet& rules, const Finding& finding) { return rules.texts()[finding.rule]; }

void add_trouble(const ScanTrouble& trouble, FileResult& result) {
  switch (trouble.kind) {
    case ScanTrouble::Kind::kTooDeep: return result.add(Rule::kLimitDirectoryDepth, {}, "not entered");
    case ScanTrouble::Kind::kTooMany: return result.add(Rule::kLimitEntries, {}, "left out, with all that follows");
    case ScanTrouble::Kind::kUnreadable: {
      const char* name = ::strerrorname_np(trouble.number);
      return result.add(Rule::kReadFailed, {},
                        std::string("cannot be listed: ") + (name != nullptr ? name : "unknown error"));
    }
  }
}

bool is_of_containers(const Finding& finding) {
  if (!finding.member.empty() || finding.rule >= static_cast<std::uint16_t>(Rule::kCount))
    return !finding.member.empty();
  const Rule rule{finding.rule};
  return (info(rule).id.starts_with("archive.") && rule != Rule::kArchiveUnsupported) || rule == Rule::kLimitDepth ||
         rule == Rule::kLimitExpandedFile || rule == Rule::kLimitMembers;
}

/// What the run may expand is spent in the order of the paths. Containers beyond it may have been opened already,
/// depending on who was faster; what came of that is taken back, so that the report does not depend on it.
void apply_run_budget(std::vector<Inspected>& inspected, const Limits& limits) {
  std::uint64_t expanded = 0;
  for (Inspected& one : inspected) {
    FileResult& result = one.result;
    if (expanded > limits.expanded_run && result.walked) {
      std::erase_if(result.findings, is_of_containers);
      result.members.clear();
      result.add(Rule::kLimitExpandedRun, {}, "not opened");
    }
    expanded += result.expanded;
  }
}

void append_all(std::vector<ReportFinding>& all, const std::string& path, std::vector<Finding>& findings) {
  for (Finding& finding : findings) all.push_back({path, std::move(finding), {}});
}

void sort_and_number(std::vector<ReportFinding>& findings, const RuleSet& rules) {
  const auto key = [&rules](const ReportFinding& one) {
    return std::tie(one.path, one.finding.member, rule_of(rules, one.finding).id, one.finding.offset,
                    one.finding.length, one.finding.seen);
  };
  std::ranges::sort(findings, [&](const ReportFinding& a, const ReportFinding& b) { return key(a) < key(b); });
  const auto repeated =
      std::ranges::unique(findings, [&](const ReportFinding& a, const ReportFinding& b) { return key(a) == key(b); });
  findings.erase(repeated.begin(), repeated.end());
  std::uint64_t ordinal = 0;
  for (std::size_t i = 0; i < findings.size(); ++i) {
    ReportFinding& one = findings[i];
    const bool same = i > 0 && findings[i - 1].path == one.path &&
                      findings[i - 1].finding.member == one.finding.member &&
                      findings[i - 1].finding.rule == one.finding.rule;
    ordinal = same ? ordinal + 1 : 0;
    // No line, no digest of the file, never one of a secret: it must survive an edit elsewhere, and tell nothing.
    std::string text = "immure-finding-v1";
    for (const std::string& part :
         {rule_of(rules, one.finding).id, one.path, one.finding.member, std::to_string(ordinal)}) {
      text += '\0';
      text += part;
    }
    one.fingerprint = file::sha256_hex(text);
  }
}

void count(Report& report, const RuleSet& rules) {
  for (const ReportFinding& one : report.findings) {
    const RuleText& rule = rule_of(rules, one.finding);
    ++report.counts[static_cast<std::size_t>(rule.severity)];
    report.complete = report.complete && !rule.incomplete;
  }
}

}  // namespace

Report assemble(Scan scan, std::vector<Inspected> inspected, const RuleSet& rules, const Limits& limits) {
  apply_run_budget(inspected, limits);
  std::vector<FileResult*> results;
  for (Inspected& one : inspected) results.push_back(&one.result);
  check_entries(scan.entries, results);
  Report report;
  for (std::size_t i = 0; i < scan.entries.size(); ++i)
    append_all(report.findings, scan.entries[i].path, results[i]->findings);
  for (const ScanTrouble& trouble : scan.troubles) {
    FileResult result;
    add_trouble(trouble, result);
    append_all(report.findings, trouble.path.empty() ? "." : trouble.path, result.findings);
  }
  sort_and_number(report.findings, rules);
  if (report.findings.size() > limits.findings) {
    // Counted before the cut: what is left out still decides the exit code.
    count(report, rules);
    report.findings_left_out = report.findings.size() - limits.findings;
    report.findings.resize(limits.findings);
    FileResult result;
    result.add(Rule::kLimitFindings, {}, std::to_string(report.findings_left_out) + " findings are not in the report");
    append_all(report.findings, ".", result.findings);
    sort_and_number(report.findings, rules);
    ++report.counts[static_cast<std::size_t>(info(Rule::kLimitFindings).severity)];
    report.complete = false;
  } else {
    count(report, rules);
  }
  for (std::size_t i = 0; i < scan.entries.size(); ++i) {
    std::ranges::sort(results[i]->members, [](const Member& a, const Member& b) {
      return std::tie(a.path, a.kind, a.size, a.type, a.sha256) < std::tie(b.path, b.kind, b.size, b.type, b.sha256);
    });
    report.entries.push_back(
        {std::move(scan.entries[i]), inspected[i].sha256, results[i]->type, std::move(results[i]->members)});
  }
  return report;
}

}  // namespace immure::inspect
