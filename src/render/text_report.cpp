#include "render/text_report.hpp"

#include <algorithm>

#include "evidence/json.hpp"
#include "judge/edition.hpp"
#include "judge/text.hpp"
#include "render/outer_words.hpp"
#include "text/visible.hpp"

namespace immure::render {
namespace {

namespace json = evidence::json;

struct Counts {
  std::uint64_t holds = 0, open = 0, unproved = 0;
  [[nodiscard]] std::uint64_t total() const { return holds + open + unproved; }
};

Counts count(const std::vector<judge::Row>& rows) {
  Counts counts;
  for (const judge::Row& row : rows) {
    switch (row.outcome) {
      case judge::Outcome::kHolds: ++counts.holds; break;
      case judge::Outcome::kDoesNotHold: ++counts.open; break;
      case judge::Outcome::kNotProved: ++counts.unproved; break;
    }
  }
  return counts;
}

struct Words {
  std::string_view text, json, color;
};
Words words(judge::Outcome outcome) {
  switch (outcome) {
    case judge::Outcome::kHolds: return {"holds", "holds", "\x1b[32m"};
    case judge::Outcome::kDoesNotHold: return {"DOES NOT HOLD", "does-not-hold", "\x1b[31m"};
    case judge::Outcome::kNotProved: return {"NOT PROVED", "not-proved", "\x1b[33m"};
  }
  return {"NOT PROVED", "not-proved", ""};
}

std::string_view color_of(verify::Verdict verdict) {
  switch (verdict) {
    case verify::Verdict::kAccepted: return "\x1b[1;32m";
    case verify::Verdict::kRejected: return "\x1b[1;31m";
    case verify::Verdict::kBlocked: return "\x1b[1;33m";
  }
  return "";
}

std::string painted(std::string_view text, std::string_view color, bool wanted) {
  return wanted ? std::string(color) + std::string(text) + "\x1b[0m" : std::string(text);
}

std::string finding_text(const judge::Finding& finding) {
  return "expected " + text::escaped(finding.expected) + " | observed " + text::escaped(finding.observed) + " | " +
         text::escaped(finding.where) + " | " + text::escaped(finding.code);
}

void append_row(std::string& out, const judge::Row& row, bool color) {
  constexpr std::size_t kOutcomeWidth = 13;
  const Words outcome = words(row.outcome);
  const judge::MatrixTest& test = judge::test_of(row.number);
  out += "#" + std::to_string(row.number) + " " + painted(outcome.text, outcome.color, color);
  out.append(kOutcomeWidth - outcome.text.size() + 1, ' ');
  out += test.boundary.empty() ? test.title : test.boundary;
  out += " | ";
  if (row.findings.empty()) {
    out += "expected " + text::escaped(row.expected) + " | observed " + text::escaped(row.observed) + " | - | -\n";
    return;
  }
  out += finding_text(row.findings.front()) + "\n";
  for (std::size_t i = 1; i < row.findings.size(); ++i) out += "      also " + finding_text(row.findings[i]) + "\n";
}

std::string verdict_line(const verify::AttestationResult& result, bool color) {
  return painted(name(result.verdict), color_of(result.verdict), color) + ": " + text::escaped(result.reason) + " [" +
         text::escaped(result.code) + "]\n";
}

void append_run(std::string& out, const verify::AttestationResult& result) {
  if (!result.statement) return;
  const evidence::Evidence& evidence = result.statement->predicate;
  out += "run " + text::escaped(evidence.run_id) + ", " + text::escaped(evidence.started_on) + " to " +
         text::escaped(evidence.finished_on) + ", venue " + text::escaped(evidence.host.venue) + ", profile " +
         text::escaped(evidence.profile.name) + ", program " + text::escaped(evidence.program.name) +
         "\nsigned by key " + result.key_id + "\n";
  for (const OuterFact& fact : outer_facts(evidence))
    out += std::string(fact.name) + ": " + text::escaped(fact.value) + "\n";
}

std::string counts_text(std::string_view what, const Counts& counts) {
  return std::string(what) + ": " + std::to_string(counts.total()) + " tests = " + std::to_string(counts.holds) +
         " hold + " + std::to_string(counts.open) + " do not hold + " + std::to_string(counts.unproved) +
         " not proved\n";
}

void write_text(json::ObjectWriter& object, std::string_view key, std::string_view text) {
  json::append_text(object.key(key), text);
}

void append_findings_json(std::string& out, const std::vector<judge::Finding>& findings) {
  out += '[';
  for (const judge::Finding& finding : findings) {
    if (&finding != findings.data()) out += ',';
    json::ObjectWriter object(out);
    write_text(object, "code", text::escaped(finding.code));
    write_text(object, "expected", text::escaped(finding.expected));
    write_text(object, "observed", text::escaped(finding.observed));
    write_text(object, "where", text::escaped(finding.where));
    object.close();
  }
  out += ']';
}

void append_rows_json(std::string& out, const std::vector<judge::Row>& rows) {
  out += '[';
  for (const judge::Row& row : rows) {
    if (&row != rows.data()) out += ',';
    const judge::MatrixTest& test = judge::test_of(row.number);
    json::ObjectWriter object(out);
    write_text(object, "boundary", test.boundary);
    write_text(object, "expected", text::escaped(row.expected));
    append_findings_json(object.key("findings"), row.findings);
    json::append_integer(object.key("number"), std::int64_t{row.number});
    write_text(object, "observed", text::escaped(row.observed));
    write_text(object, "outcome", words(row.outcome).json);
    write_text(object, "title", test.title);
    object.close();
  }
  out += ']';
}

void append_counts_json(std::string& out, const Counts& counts) {
  json::ObjectWriter object(out);
  json::append_integer(object.key("doesNotHold"), counts.open);
  json::append_integer(object.key("holds"), counts.holds);
  json::append_integer(object.key("notProved"), counts.unproved);
  json::append_integer(object.key("total"), counts.total());
  object.close();
}

void append_run_json(std::string& out, const evidence::Statement& statement) {
  const evidence::Evidence& evidence = statement.predicate;
  json::ObjectWriter object(out);
  if (const judge::Edition* edition = judge::edition_of(evidence))
    json::append_integer(object.key("edition"), std::int64_t{edition->number});
  write_text(object, "finishedOn", text::escaped(evidence.finished_on));
  write_text(object, "profile", text::escaped(evidence.profile.name));
  write_text(object, "program", text::escaped(evidence.program.name));
  write_text(object, "runId", text::escaped(evidence.run_id));
  write_text(object, "startedOn", text::escaped(evidence.started_on));
  json::append_integer(object.key("subjects"), std::uint64_t{statement.subjects.size()});
  write_text(object, "venue", text::escaped(evidence.host.venue));
  object.close();
}

}  // namespace

std::string unread_text(const verify::AttestationResult& result, const std::string& evidence_path, bool color) {
  const judge::Finding& finding = result.judgement.rows.front().findings.front();
  // What could not be opened or used names itself; what is wrong inside of the evidence names the place in there.
  const bool names_itself = !finding.where.empty() && finding.observed.starts_with(finding.where + ":");
  const std::string place = finding.where.empty() ? "" : finding.where + " ";
  std::string reason = names_itself ? finding.observed : evidence_path + ": " + place + finding.observed + ".";
  if (result.code == "signature-invalid") reason += " Name the public key of the host that ran it.";
  return painted(name(result.verdict), color_of(result.verdict), color) + ": " + text::escaped(reason) + " [" +
         text::escaped(result.code) + "]\n";
}

std::string result_text(const verify::AttestationResult& result, bool color) {
  const std::string verdict = verdict_line(result, color);
  std::string out = verdict;
  append_run(out, result);
  out += '\n';
  for (const judge::Row& row : result.judgement.rows) append_row(out, row, color);
  if (!result.evidence_rows.empty()) out += '\n';
  for (const judge::Row& row : result.evidence_rows) append_row(out, row, color);
  out += "\nNot proved:\n";
  for (const std::string& sentence : result.not_proved) out += "- " + text::escaped(sentence) + "\n";
  out += "\n" + counts_text("sandbox", count(result.judgement.rows)) +
         counts_text("evidence", count(result.evidence_rows));
  return out + verdict;
}

std::string result_json(const verify::AttestationResult& result) {
  std::string out;
  json::ObjectWriter object(out);
  write_text(object, "code", text::escaped(result.code));
  append_counts_json(object.key("counts"), count(result.judgement.rows));
  append_rows_json(object.key("evidenceRows"), result.evidence_rows);
  if (!result.evidence_sha256.empty()) write_text(object, "evidenceSha256", result.evidence_sha256);
  write_text(object, "keyId", result.key_id);
  write_text(object, "matrixSha256", judge::matrix_sha256());
  object.key("notProved") += '[';
  for (const std::string& sentence : result.not_proved) {
    if (&sentence != result.not_proved.data()) out += ',';
    json::append_text(out, text::escaped(sentence));
  }
  out += ']';
  if (!result.policy_sha256.empty()) write_text(object, "policySha256", result.policy_sha256);
  write_text(object, "reason", text::escaped(result.reason));
  append_rows_json(object.key("rows"), result.judgement.rows);
  if (result.statement) append_run_json(object.key("run"), *result.statement);
  write_text(object, "type", "urn:immure:attestation-result:v1");
  write_text(object, "verdict", name(result.verdict));
  object.close();
  return out + "\n";
}

}  // namespace immure::render
