#include "inspect/report/report.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <tuple>

#include "inspect/report/escape.hpp"
#include "inspect/report/repeated.hpp"
#include "inspect/scan/metadata.hpp"
#include "text/hex.hpp"

namespace immure::inspect {
namespace {

const RuleText& rule_of(const RuleSet& rules, const Finding& finding) { return rules.texts()[finding.rule]; }

void add_trouble(const ScanTrouble& trouble, FileResult& result) {
  switch (trouble.kind) {
    case ScanTrouble::Kind::kTooDeep: return result.add(Rule::kLimitDirectoryDepth, {}, "not entered");
    case ScanTrouble::Kind::kTooMany:
      return result.add(Rule::kLimitEntries, {}, "this entry and all later ones were left out");
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

/// Spends the run's budget for unpacked bytes in the order of the paths. Some containers beyond the budget may have
/// been opened already, depending on which worker was faster. Their results are discarded, so that the report does not
/// depend on speed.
void apply_run_budget(std::vector<Inspected>& inspected, const Limits& limits) {
  std::uint64_t expanded = 0;
  for (Inspected& one : inspected) {
    FileResult& result = one.result;
    if (expanded > limits.expanded_run && result.walked) {
      std::erase_if(result.findings, is_of_containers);
      result.members.clear();
      result.add(Rule::kLimitExpandedRun, {}, "not opened");
      result.covered.by &= static_cast<std::uint8_t>(~bit(Scanner::kContainer));
      result.covered.unpacked = 0;
    }
    expanded += result.expanded;
  }
}

/// immure lists directories up to this depth.
constexpr std::size_t kDeepest = 255;

/// A parser that a file has taken over, or that ended early, may have reported nothing. So content that no worker
/// hashed, or that no parser analysed completely, becomes a finding, too.
void demand_account(const Entry& entry, Inspected& one, const RuleSet& rules, bool inventory) {
  FileResult& result = one.result;
  if (entry.unread) {
    constexpr std::size_t kLongestPath = 4095;
    const bool deep = entry.kind == EntryKind::kDirectory &&
                      static_cast<std::size_t>(std::ranges::count(entry.path, '/')) >= kDeepest;
    if (deep) return result.add(Rule::kLimitDirectoryDepth, {}, "not entered");
    if (entry.path.size() > kLongestPath)
      result.add(Rule::kNameOverlong, {}, std::to_string(entry.path.size()) + " bytes");
    return result.add(Rule::kReadFailed, {}, "it may not be read, or cannot be reached");
  }
  if (entry.kind != EntryKind::kFile) return;
  const auto is_gap = [&rules](const Finding& finding) { return rule_of(rules, finding).incomplete; };
  if (std::ranges::any_of(result.findings, is_gap)) return;
  if (!one.sha256) result.add(Rule::kReadFailed, {}, "nobody gave its digest");
  if (inventory) return;
  const auto accounted = [](const Covered& covered, std::uint64_t size) {
    return (covered.by & bit(Scanner::kRules)) != 0 && covered.analysed + covered.unpacked == size;
  };
  if (!accounted(result.covered, entry.size)) result.add(Rule::kReadFailed, {}, "its parser did not analyse all of it");
  for (const Member& member : result.members) {
    if (member.kind == MemberKind::kFile && (!member.sha256 || !accounted(member.covered, member.size)))
      result.add(Rule::kReadFailed, member.path, "its parser did not analyse all of it");
  }
}

void append_all(std::vector<ReportFinding>& all, const std::string& path, std::vector<Finding>& findings) {
  for (Finding& finding : findings) all.push_back({path, std::move(finding), {}});
}

/// Adds a finding about the drop as a whole.
void append_own(std::vector<ReportFinding>& all, Rule rule, std::string seen) {
  FileResult result;
  result.add(rule, {}, std::move(seen));
  append_all(all, ".", result.findings);
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
    // The fingerprint has no line number and no digest of the file, so that it survives changes elsewhere. The
    // fingerprint has no digest of a secret, because others could test guesses against such a digest.
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
    ++(one.accepted != nullptr ? report.accepted : report.counts[static_cast<std::size_t>(rule.severity)]);
    // Accepting a finding does not make the inspection complete: nobody knows what the parts that were not inspected
    // hold.
    if (!rule.incomplete) continue;
    report.complete = false;
    ++report.reasons[rule.id];
  }
}

/// Marks the findings that the baseline accepts, and adds findings about the baseline itself.
void apply_baseline(std::vector<ReportFinding>& findings, const Baseline& baseline, const RuleSet& rules) {
  if (baseline.empty()) return;
  std::vector<std::uint8_t> used(baseline.size());
  for (ReportFinding& one : findings) {
    const auto found = std::ranges::lower_bound(baseline, one.fingerprint, {}, &Accepted::fingerprint);
    if (found == baseline.end() || found->fingerprint != one.fingerprint) continue;
    used[static_cast<std::size_t>(found - baseline.begin())] = 1;
    if (!found->expired) one.accepted = &*found;
  }
  for (std::size_t i = 0; i < baseline.size(); ++i) {
    const Accepted& one = baseline[i];
    const std::string seen = one.fingerprint + ", until " + one.expires + ": " + one.reason;
    if (used[i] == 0) append_own(findings, Rule::kBaselineUnused, seen);
    if (used[i] != 0 && one.expired) append_own(findings, Rule::kBaselineExpired, seen);
  }
  sort_and_number(findings, rules);
}

/// Finds, for each file with several names in the drop, the first of its names.
void find_same(std::vector<ReportEntry>& entries) {
  std::map<std::pair<std::uint64_t, std::uint64_t>, const std::string*> first;
  for (ReportEntry& one : entries) {
    if (one.entry.kind != EntryKind::kFile || one.entry.links < 2) continue;
    const auto [place, fresh] = first.try_emplace(identity(one.entry), &one.entry.path);
    if (!fresh) one.same_as = *place->second;
  }
}

/// This report in the form in which a later inspection would read it.
Earlier as_earlier(const Report& report, const RuleSet& rules) {
  Earlier now;
  for (const ReportFinding& one : report.findings) {
    now.findings[one.fingerprint] = {rule_of(rules, one.finding).id, Escaped::name(one.path).str(),
                                     Escaped::name(one.finding.member).str()};
  }
  for (const ReportEntry& one : report.entries) now.entries[Escaped::name(one.entry.path).str()] = entry_state(one);
  return now;
}

/// Notes at each entry which parts of it were not inspected, even if the findings themselves are cut from the report.
void mark_gaps(Report& report, const RuleSet& rules, bool inventory) {
  auto entry = report.entries.begin();
  for (const ReportFinding& one : report.findings) {
    if (!rule_of(rules, one.finding).incomplete) continue;
    while (entry != report.entries.end() && entry->entry.path < one.path) ++entry;
    if (entry != report.entries.end() && entry->entry.path == one.path) entry->gaps.push_back(one.finding.rule);
  }
  for (ReportEntry& marked : report.entries) {
    if (inventory && marked.entry.kind == EntryKind::kFile)
      marked.gaps.push_back(static_cast<std::uint16_t>(Rule::kLimitInventory));
    std::ranges::sort(marked.gaps, {}, [&](std::uint16_t rule) { return rules.texts()[rule].id; });
    const auto repeated = std::ranges::unique(marked.gaps);
    marked.gaps.erase(repeated.begin(), repeated.end());
  }
}

/// A parser that a file has taken over may claim any numbers, so limit them: the sums must still add up.
void bound(Covered& covered, std::uint64_t size) {
  covered.analysed = std::min(covered.analysed, size);
  covered.unpacked = std::min(covered.unpacked, size - covered.analysed);
}

void add_entries(Report& report, Scan& scan, std::vector<Inspected>& inspected) {
  report.entries.reserve(scan.entries.size());
  for (std::size_t i = 0; i < scan.entries.size(); ++i) {
    FileResult& result = inspected[i].result;
    std::ranges::sort(result.members, [](const Member& a, const Member& b) {
      return std::tie(a.path, a.kind, a.size, a.type, a.sha256) < std::tie(b.path, b.kind, b.size, b.type, b.sha256);
    });
    for (Member& member : result.members) bound(member.covered, member.size);
    bound(result.covered, scan.entries[i].kind == EntryKind::kFile ? scan.entries[i].size : 0);
    report.entries.push_back({.entry = std::move(scan.entries[i]),
                              .sha256 = inspected[i].sha256,
                              .type = result.type,
                              .covered = result.covered,
                              .description = std::move(result.description),
                              .same_as = {},
                              .gaps = {},
                              .members = std::move(result.members)});
  }
  find_same(report.entries);
}

/// Keeps the most severe findings, and of equally severe ones the first.
void keep_most_severe(std::vector<ReportFinding>& findings, const RuleSet& rules, std::uint64_t most) {
  const auto severity = [&](const ReportFinding& one) { return rule_of(rules, one.finding).severity; };
  std::ranges::stable_sort(findings, std::ranges::greater{}, severity);
  findings.resize(most);
}

/// Cuts the list of findings. Counting comes first, so that findings which are left out still decide the exit code.
void cut(Report& report, const RuleSet& rules, std::uint64_t most) {
  count(report, rules);
  if (report.findings.size() <= most) return;
  report.findings_left_out = report.findings.size() - most;
  keep_most_severe(report.findings, rules, most);
  append_own(report.findings, Rule::kLimitFindings,
             std::to_string(report.findings_left_out) + " findings are not in the report");
  sort_and_number(report.findings, rules);
  ++report.counts[static_cast<std::size_t>(info(Rule::kLimitFindings).severity)];
  report.complete = false;
  ++report.reasons[info(Rule::kLimitFindings).id];
}

}  // namespace

std::string entry_state(const ReportEntry& one) {
  std::string state(name(one.entry.kind));
  state += " " + octal(one.entry.mode) + " ";
  if (one.sha256) state += text::hex(*one.sha256);
  return state + Escaped::name(one.entry.target).str();
}

Report assemble(Scan scan, std::vector<Inspected> inspected, const RuleSet& rules, const Limits& limits,
                const OperatorData& data) {
  apply_run_budget(inspected, limits);
  for (Inspected& one : inspected) drop_repeated(one.result, rules);
  for (std::size_t i = 0; i < scan.entries.size(); ++i)
    demand_account(scan.entries[i], inspected[i], rules, limits.inventory);
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
  if (limits.inventory)
    append_own(report.findings, Rule::kLimitInventory, "files were only hashed; no content was inspected");
  sort_and_number(report.findings, rules);
  apply_baseline(report.findings, data.baseline, rules);
  add_entries(report, scan, inspected);
  mark_gaps(report, rules, limits.inventory);
  cut(report, rules, limits.findings);
  if (data.against) report.changes = compare(*data.against, as_earlier(report, rules));
  return report;
}

}  // namespace immure::inspect
