#include <algorithm>
#include <array>
#include <set>

#include "inspect/file_type.hpp"
#include "inspect/json_writer.hpp"
#include "inspect/report.hpp"

namespace immure::inspect {
namespace {

/// A name, escaped, and its bytes in base64 where escaping changed it. Keys `key` and `key_base64` stand next to each
/// other in order.
void write_name(JsonWriter& json, std::string_view key, std::string_view bytes) {
  const Escaped shown = Escaped::name(bytes);
  json.key(key).value(shown);
  if (shown.str() != bytes) json.key(std::string(key) + "_base64").ours(base64(bytes));
}

std::string octal(std::uint32_t mode) {
  std::string text(4, '0');
  for (std::size_t i = 4; i-- > 0; mode >>= 3U) text[i] = static_cast<char>('0' + (mode & 7U));
  return text;
}

std::string_view name(MemberKind kind) {
  constexpr auto kNames = std::to_array<std::string_view>({"file", "directory", "link", "hard-link", "special"});
  return kNames[static_cast<std::size_t>(kind)];
}

void write_member(JsonWriter& json, const Member& member) {
  json.object().key("kind").ours(name(member.kind));
  write_name(json, "path", member.path);
  if (member.sha256) json.key("sha256").ours(file::hex(*member.sha256));
  json.key("size").value(member.size);
  if (member.kind == MemberKind::kFile) json.key("type").ours(file_types()[member.type].name);
  json.close();
}

void write_entry(JsonWriter& json, const ReportEntry& one) {
  const Entry& entry = one.entry;
  json.object().key("kind").ours(name(entry.kind));
  if (!one.members.empty()) {
    json.key("members").array();
    for (const Member& member : one.members) write_member(json, member);
    json.close();
  }
  json.key("mode").ours(octal(entry.mode));
  write_name(json, "path", entry.path);
  if (one.sha256) json.key("sha256").ours(file::hex(*one.sha256));
  if (entry.kind == EntryKind::kFile) json.key("size").value(entry.size);
  if (entry.kind == EntryKind::kLink) write_name(json, "target", entry.target);
  if (entry.kind == EntryKind::kFile) json.key("type").ours(file_types()[one.type].name);
  json.close();
}

void write_finding(JsonWriter& json, const ReportFinding& one, const RuleSet& rules) {
  const Finding& finding = one.finding;
  const RuleText& rule = rules.texts()[finding.rule];
  json.object().key("fingerprint").ours(one.fingerprint);
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
  std::uint64_t files = 0, directories = 0, links = 0, others = 0, bytes = 0, members = 0;
  for (const ReportEntry& one : report.entries) {
    members += one.members.size();
    switch (one.entry.kind) {
      case EntryKind::kFile:
        ++files;
        bytes += one.entry.size;
        break;
      case EntryKind::kDirectory: ++directories; break;
      case EntryKind::kLink: ++links; break;
      case EntryKind::kFifo:
      case EntryKind::kSocket:
      case EntryKind::kCharDevice:
      case EntryKind::kBlockDevice: ++others; break;
    }
  }
  json.key("counts").object().key("bytes").value(bytes).key("directories").value(directories).key("files").value(files);
  json.key("findings").object();
  for (const Severity severity :
       {Severity::kCritical, Severity::kHigh, Severity::kInfo, Severity::kLow, Severity::kMedium}) {
    json.key(name(severity)).value(report.counts[static_cast<std::size_t>(severity)]);
  }
  json.close().key("findings_left_out").value(report.findings_left_out);
  json.key("links").value(links).key("members").value(members).key("special").value(others).close();
}

void write_coverage(JsonWriter& json, const Report& report, const RuleSet& rules) {
  std::set<std::string_view> reasons;
  for (const ReportFinding& one : report.findings) {
    const RuleText& rule = rules.texts()[one.finding.rule];
    if (rule.incomplete) reasons.insert(rule.id);
  }
  json.key("coverage").object().key("complete").boolean(report.complete).key("reasons").array();
  for (const std::string_view reason : reasons) json.value(Escaped::text(reason));
  json.close().close();
}

}  // namespace

void write_json(const Report& report, const RuleSet& rules, const Limits& limits, OutputFile& out) {
  JsonWriter json(out);
  json.object();
  write_counts(json, report);
  write_coverage(json, report, rules);
  json.key("entries").array();
  for (const ReportEntry& one : report.entries) write_entry(json, one);
  json.close().key("findings").array();
  for (const ReportFinding& one : report.findings) write_finding(json, one, rules);
  json.close().key("given").object();
  for (const Given& one : rules.given()) json.key(one.name).object().key("sha256").ours(one.sha256).close();
  json.close().key("limits").object();
  for (const LimitName& limit : limit_names()) json.key(limit.name).value(limits.*limit.value);
  json.close();
  write_rules(json, report, rules);
  json.key("schema").ours(kReportSchema);
  json.key("tool").object().key("name").ours("immure-inspect").key("version").ours(IMMURE_VERSION).close();
  json.close();
}

}  // namespace immure::inspect
