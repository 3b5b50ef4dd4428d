#include <algorithm>
#include <array>
#include <map>

#include "inspect/report/json_writer.hpp"
#include "inspect/report/report.hpp"

namespace immure::inspect {
namespace {

std::string_view level(Severity severity) {
  constexpr auto kLevels = std::to_array<std::string_view>({"note", "note", "warning", "error", "error"});
  return kLevels[static_cast<std::size_t>(severity)];
}

// The number by which code-scanning services sort, on the scale of CVSS.
std::string_view score(Severity severity) {
  constexpr auto kScores = std::to_array<std::string_view>({"0.0", "3.0", "5.5", "8.0", "9.5"});
  return kScores[static_cast<std::size_t>(severity)];
}

using Indexes =
    std::map<std::string_view, std::pair<std::uint64_t, std::uint16_t>>;  // id -> place in the list, and rule

Indexes rules_used(const Report& report, const RuleSet& rules) {
  Indexes used;
  for (const ReportFinding& one : report.findings) used[rules.texts()[one.finding.rule].id] = {0, one.finding.rule};
  std::uint64_t next = 0;
  for (auto& [id, place] : used) place.first = next++;
  return used;
}

/// Turns `archive.bad-name` into ArchiveBadName, the form that readers of SARIF expect.
std::string friendly(std::string_view id) {
  std::string name;
  bool first = true;
  for (const char c : id) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter) name += first && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    first = !letter;
  }
  return name;
}

/// The size of the file that a finding is in; 0 if the path is no file.
std::uint64_t size_of(const Report& report, const std::string& path) {
  const auto path_of = [](const ReportEntry& one) -> const std::string& { return one.entry.path; };
  const auto found = std::ranges::lower_bound(report.entries, path, {}, path_of);
  const bool file = found != report.entries.end() && found->entry.path == path && found->entry.kind == EntryKind::kFile;
  return file ? found->entry.size : 0;
}

void write_rule(JsonWriter& json, const RuleText& rule) {
  json.object().key("defaultConfiguration").object().key("level").ours(level(rule.severity)).close();
  json.key("fullDescription").object().key("text").value(Escaped::text(rule.why)).close();
  json.key("help").object().key("text").value(Escaped::text(rule.advice)).close();
  json.key("id").value(Escaped::text(rule.id));
  json.key("name").value(Escaped::text(friendly(rule.id)));
  json.key("properties").object().key("security-severity").ours(score(rule.severity));
  json.key("tags").array().ours("security").close().close();
  json.key("shortDescription").object().key("text").value(Escaped::text(rule.title)).close().close();
}

void write_location(JsonWriter& json, const Report& report, const ReportFinding& one) {
  const Finding& finding = one.finding;
  json.object();
  // SARIF has no URI for a member of a container, so a logical location names the member.
  if (!finding.member.empty()) {
    json.key("logicalLocations").array().object();
    json.key("fullyQualifiedName")
        .value(Escaped::name(one.path + "!/" + finding.member))
        .key("kind")
        .ours("member")
        .close()
        .close();
  }
  json.key("physicalLocation").object().key("artifactLocation").object();
  json.key("uri").value(Escaped::uri(one.path)).key("uriBaseId").ours("DROP").close();
  // For a finding in a container's member, or without a place of its own, the location is the whole file.
  const bool placed = finding.member.empty() && finding.length != 0;
  // Code-scanning services show only results with a line. The files are not text, so the line is always the first.
  json.key("region").object();
  if (const std::uint64_t length = placed ? finding.length : size_of(report, one.path); length != 0)
    json.key("byteLength").value(length).key("byteOffset").value(placed ? finding.offset : 0);
  json.key("startLine").value(1).close().close().close();
}

void write_result(JsonWriter& json, const Report& report, const ReportFinding& one, const RuleSet& rules,
                  const Indexes& used) {
  const RuleText& rule = rules.texts()[one.finding.rule];
  json.object().key("level").ours(level(rule.severity)).key("locations").array();
  write_location(json, report, one);
  json.close().key("message").object().key("text").value(Escaped::text(rule.title + ": " + one.finding.seen)).close();
  json.key("partialFingerprints").object().key("immureFinding/v1").ours(one.fingerprint);
  json.key("primaryLocationLineHash").ours(one.fingerprint).close();
  json.key("ruleId").value(Escaped::text(rule.id)).key("ruleIndex").value(used.at(rule.id).first);
  if (one.accepted != nullptr) {
    json.key("suppressions").array().object();
    json.key("justification").value(Escaped::text(one.accepted->reason + " (until " + one.accepted->expires + ")"));
    json.key("kind").ours("external").key("status").ours("accepted").close().close();
  }
  json.close();
}

}  // namespace

void write_sarif(const Report& report, const RuleSet& rules, OutputFile& out) {
  const Indexes used = rules_used(report, rules);
  JsonWriter json(out);
  json.object().key("$schema").ours("https://json.schemastore.org/sarif-2.1.0.json").key("runs").array().object();
  // What stands before the slash is the category: a service replaces the earlier results of the same category.
  json.key("automationDetails").object().key("id").ours("immure-inspect/").close();
  json.key("columnKind").ours("utf16CodeUnits");
  json.key("invocations").array().object().key("executionSuccessful").boolean(report.complete).close().close();
  json.key("originalUriBaseIds").object().key("DROP").object().key("description").object();
  json.key("text").ours("the root of the drop").close().close().close();
  json.key("results").array();
  for (const ReportFinding& one : report.findings) write_result(json, report, one, rules, used);
  json.close().key("tool").object().key("driver").object().key("name").ours("immure-inspect").key("rules").array();
  for (const auto& [id, place] : used) write_rule(json, rules.texts()[place.second]);
  json.close().key("version").ours(IMMURE_VERSION).close().close();
  json.close().close().key("version").ours("2.1.0").close();
}

}  // namespace immure::inspect
