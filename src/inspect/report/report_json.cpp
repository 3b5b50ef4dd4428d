#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "inspect/report/coverage.hpp"
#include "inspect/report/json_writer.hpp"
#include "inspect/report/report.hpp"
#include "inspect/scan/file_type.hpp"
#include "inspect/scan/metadata.hpp"
#include "text/base64.hpp"
#include "text/hex.hpp"

namespace immure::inspect {
namespace {

/// Writes a name in escaped form, and its bytes in base64 if escaping changed it. The keys `key` and `key_base64` are
/// neighbours in ascending order.
void write_name(JsonWriter& json, std::string_view key, std::string_view bytes) {
  const Escaped shown = Escaped::name(bytes);
  json.key(key).value(shown);
  if (shown.str() != bytes) json.key(std::string(key) + "_base64").ours(text::base64(bytes));
}

std::string_view name(MemberKind kind) {
  constexpr auto kNames = std::to_array<std::string_view>({"file", "directory", "link", "hard-link", "special"});
  return kNames[static_cast<std::size_t>(kind)];
}

void write_by(JsonWriter& json, const Covered& covered) {
  json.key("by").array();
  for (std::size_t i = 0; i < kScannerNames.size(); ++i) {
    if ((covered.by & bit(Scanner{static_cast<std::uint8_t>(i)})) != 0) json.ours(kScannerNames[i]);
  }
  json.close();
}

void write_description(JsonWriter& json, const std::string& description) {
  if (!description.empty()) json.key("described").value(Escaped::text(description));
}

void write_member(JsonWriter& json, const Member& member) {
  json.object();
  if (member.kind == MemberKind::kFile) {
    json.key("analysed").value(member.covered.analysed);
    write_by(json, member.covered);
    write_description(json, member.description);
  }
  json.key("kind").ours(name(member.kind));
  write_name(json, "path", member.path);
  if (member.sha256) json.key("sha256").ours(text::hex(*member.sha256));
  json.key("size").value(member.size);
  if (member.kind == MemberKind::kFile) json.key("type").ours(file_types()[member.type].name);
  json.close();
}

void write_entry(JsonWriter& json, const ReportEntry& one, const RuleSet& rules) {
  const Entry& entry = one.entry;
  json.object();
  if (entry.kind == EntryKind::kFile) {
    json.key("analysed").value(one.covered.analysed);
    write_by(json, one.covered);
  }
  if (!entry.capabilities.empty()) json.key("capabilities").ours(entry.capabilities);
  write_description(json, one.description);
  if (!one.gaps.empty()) {
    json.key("gaps").array();
    for (const std::uint16_t rule : one.gaps) json.value(Escaped::text(rules.texts()[rule].id));
    json.close();
  }
  json.key("kind").ours(name(entry.kind));
  if (!one.members.empty()) {
    json.key("members").array();
    for (const Member& member : one.members) write_member(json, member);
    json.close();
  }
  json.key("mode").ours(octal(entry.mode));
  write_name(json, "path", entry.path);
  if (!one.same_as.empty()) write_name(json, "same_as", one.same_as);
  if (one.sha256) json.key("sha256").ours(text::hex(*one.sha256));
  if (entry.kind == EntryKind::kFile) json.key("size").value(entry.size);
  if (entry.kind == EntryKind::kLink) write_name(json, "target", entry.target);
  if (entry.kind == EntryKind::kFile) json.key("type").ours(file_types()[one.type].name);
  json.close();
}

void write_finding(JsonWriter& json, const ReportFinding& one, const RuleSet& rules) {
  const Finding& finding = one.finding;
  const RuleText& rule = rules.texts()[finding.rule];
  json.object();
  if (one.accepted != nullptr) {
    json.key("accepted").object().key("expires").ours(one.accepted->expires);
    json.key("reason").value(Escaped::text(one.accepted->reason)).close();
  }
  json.key("fingerprint").ours(one.fingerprint);
  if (finding.length != 0) json.key("length").value(finding.length);
  if (!finding.member.empty()) write_name(json, "member", finding.member);
  if (finding.length != 0) json.key("offset").value(finding.offset);
  write_name(json, "path", one.path);
  json.key("rule").value(Escaped::text(rule.id));
  json.key("seen").value(Escaped::text(finding.seen));
  json.key("severity").ours(name(rule.severity));
  json.close();
}

void write_rules(JsonWriter& json, const Report& report, const RuleSet& rules) {
  std::set<std::pair<std::string_view, std::uint16_t>> used;
  for (const ReportFinding& one : report.findings) used.emplace(rules.texts()[one.finding.rule].id, one.finding.rule);
  json.key("rules").array();
  for (const auto& [id, number] : used) {
    const RuleText& rule = rules.texts()[number];
    json.object().key("advice").value(Escaped::text(rule.advice)).key("id").value(Escaped::text(id));
    json.key("severity").ours(name(rule.severity)).key("title").value(Escaped::text(rule.title));
    json.key("why").value(Escaped::text(rule.why)).close();
  }
  json.close();
}

void write_counts(JsonWriter& json, const Report& report) {
  json.key("counts").object().key("accepted").value(report.accepted).key("findings").object();
  for (const Severity severity :
       {Severity::kCritical, Severity::kHigh, Severity::kInfo, Severity::kLow, Severity::kMedium}) {
    json.key(name(severity)).value(report.counts[static_cast<std::size_t>(severity)]);
  }
  json.close().key("findings_left_out").value(report.findings_left_out).close();
}

void write_paths(JsonWriter& json, std::string_view key, const std::vector<std::string>& paths) {
  json.key(key).array();
  for (const std::string& path : paths) json.value(Escaped::text(path));
  json.close();
}

void write_changed(JsonWriter& json, std::string_view key, const std::vector<Changes::Finding>& findings) {
  json.key(key).array();
  for (const Changes::Finding& one : findings) {
    json.object().key("fingerprint").value(Escaped::text(one.fingerprint));
    if (!one.member.empty()) json.key("member").value(Escaped::text(one.member));
    json.key("path").value(Escaped::text(one.path)).key("rule").value(Escaped::text(one.rule)).close();
  }
  json.close();
}

void write_changes(JsonWriter& json, const Changes& changes) {
  json.key("changes").object().key("entries").object();
  write_paths(json, "added", changes.added);
  write_paths(json, "changed", changes.changed);
  write_paths(json, "removed", changes.removed);
  json.key("same").value(changes.same_entries).close().key("findings").object();
  write_changed(json, "gone", changes.gone);
  write_changed(json, "new", changes.fresh);
  json.key("same").value(changes.same_findings).close().close();
}

void write_given(JsonWriter& json, const RuleSet& rules, const OperatorData& data) {
  std::map<std::string_view, std::string_view> given;
  for (const auto* list : {&rules.given(), &data.given}) {
    for (const Given& one : *list) given[one.name] = one.sha256;
  }
  json.key("given").object();
  for (const auto& [name, digest] : given) json.key(name).object().key("sha256").ours(digest).close();
  json.close();
}

}  // namespace

void write_json(const Report& report, const RuleSet& rules, const Limits& limits, const OperatorData& data,
                OutputFile& out) {
  JsonWriter json(out);
  json.object();
  if (report.changes) write_changes(json, *report.changes);
  write_counts(json, report);
  write_coverage(report, json);
  json.key("entries").array();
  for (const ReportEntry& one : report.entries) write_entry(json, one, rules);
  json.close().key("findings").array();
  for (const ReportFinding& one : report.findings) write_finding(json, one, rules);
  json.close();
  write_given(json, rules, data);
  json.key("limits").object();
  for (const LimitName& limit : limit_names()) json.key(limit.name).value(limits.*limit.value);
  json.close();
  if (!limits.opaque.empty()) {
    json.key("opaque").array();
    for (const std::string& extension : limits.opaque) json.value(Escaped::text(extension));
    json.close();
  }
  write_rules(json, report, rules);
  json.key("schema").ours(kReportSchema);
  if (!data.today.empty()) json.key("today").ours(data.today);
  json.key("tool").object().key("name").ours("immure-inspect").key("version").ours(IMMURE_VERSION).close();
  json.close();
}

}  // namespace immure::inspect
