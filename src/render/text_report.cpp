#include "render/text_report.hpp"

#include <algorithm>

#include "judge/claim.hpp"
#include "judge/edition.hpp"
#include "judge/text.hpp"
#include "render/outer_words.hpp"
#include "render/refusal_words.hpp"
#include "render/run_words.hpp"
#include "render/summary.hpp"
#include "text/json_writer.hpp"
#include "text/list.hpp"
#include "text/visible.hpp"
#include "text/wrap.hpp"
#include "verify/run_summary.hpp"

namespace immure::render {
namespace {

using text::JsonWriter;

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

std::string painted(std::string_view text, std::string_view color, bool wanted) {
  return wanted ? std::string(color) + std::string(text) + "\x1b[0m" : std::string(text);
}

std::string finding_text(const judge::Finding& finding) {
  return "expected " + text::escaped(finding.expected) + " | observed " + text::escaped(finding.observed) + " | " +
         text::escaped(finding.where) + " | " + std::string(finding.code.text());
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
    out += "demanded: " + text::escaped(row.expected) + " | seen: " + text::escaped(row.observed) + "\n";
    return;
  }
  out += finding_text(row.findings.front()) + "\n";
  for (std::size_t i = 1; i < row.findings.size(); ++i) out += "      also " + finding_text(row.findings[i]) + "\n";
}

void append_run(std::string& out, const verify::AttestationResult& result) {
  if (!result.statement) return;
  const evidence::Evidence& evidence = result.statement->predicate;
  const auto stages = evidence::stages_of(*result.statement);
  out += "acceptance profile: " + text::escaped(judge::claimed_by(stages)) + "\n";
  out += "run " + text::escaped(evidence.run_id) + ", " + text::escaped(evidence.started_on) + " to " +
         text::escaped(evidence.finished_on) + ", venue " + text::escaped(evidence.host.venue) + ", profile " +
         text::escaped(evidence.profile.name) + ", program " + text::escaped(evidence.program.name) + "\n" +
         "the program ended: " + text::escaped(end_words(*result.statement)) + "\nsigned by key " + result.key_id +
         "\n";
  for (std::size_t i = 0; stages.size() > 1 && i < stages.size(); ++i) {
    std::string words = end_words(*stages[i]);
    if (const std::string pipe = pipe_words(*stages[i]); !pipe.empty()) text::append_item(words, pipe, "; ");
    out += "stage " + std::to_string(i + 1) + ": " + text::escaped(command_words(*stages[i])) + ", SHA-256 " +
           text::escaped(stages[i]->program.sha256) + ": " + text::escaped(words) + "\n";
  }
  if (const std::uint64_t calls = verify::refused_calls(*result.statement); calls != 0) {
    out += "refused: " + std::to_string(calls) + (calls == 1 ? " call" : " calls") +
           " of the program could not succeed; check that the program has done its job\n";
    for (const evidence::Evidence* stage : stages)
      for (const std::string& sentence : refusal_sentences(*stage)) out += "refused: " + sentence + "\n";
  }
  for (const OuterFact& fact : outer_facts(evidence))
    out += std::string(fact.name) + ": " + text::escaped(fact.value) + "\n";
}

std::string counts_text(std::string_view what, const Counts& counts) {
  return std::string(what) + ": " + std::to_string(counts.total()) + " tests = " + std::to_string(counts.holds) +
         " hold + " + std::to_string(counts.open) + " do not hold + " + std::to_string(counts.unproved) +
         " not proved\n";
}

void write_findings(JsonWriter& json, const std::vector<judge::Finding>& findings) {
  json.array();
  for (const judge::Finding& finding : findings) {
    json.object().member("code", std::string(finding.code.text())).member("expected", text::escaped(finding.expected));
    json.member("observed", text::escaped(finding.observed)).member("where", text::escaped(finding.where)).close();
  }
  json.close();
}

void write_rows(JsonWriter& json, const std::vector<judge::Row>& rows) {
  json.array();
  for (const judge::Row& row : rows) {
    const judge::MatrixTest& test = judge::test_of(row.number);
    json.object().member("boundary", test.boundary).member("expected", text::escaped(row.expected));
    write_findings(json.key("findings"), row.findings);
    json.member("number", int{row.number}).member("observed", text::escaped(row.observed));
    json.member("outcome", words(row.outcome).json).member("title", test.title).close();
  }
  json.close();
}

void write_counts(JsonWriter& json, const Counts& counts) {
  json.object().member("doesNotHold", counts.open).member("holds", counts.holds);
  json.member("notProved", counts.unproved).member("total", counts.total()).close();
}

}  // namespace

std::string unread_text(const verify::AttestationResult& result, const std::string& evidence_path, bool color) {
  const judge::Finding& finding = result.judgement.rows.front().findings.front();
  // An error about a file names the file itself. A defect inside the evidence needs the name of the file in front.
  const bool names_itself = !finding.where.empty() && finding.observed.starts_with(finding.where + ":");
  const std::string place = finding.where.empty() ? "" : finding.where + " ";
  std::string reason = names_itself ? finding.observed : evidence_path + ": " + place + finding.observed;
  // The finding may be the whole text of an error, which ends with a full stop already.
  if (!reason.ends_with('.')) reason += ".";
  if (result.code == "signature-invalid")
    reason +=
        " Another key signed the file, or somebody changed the file later. Get it again, or name the key of its host.";
  if (result.code == "envelope-malformed") reason += " Give a file that `immure run` wrote as evidence.";
  return painted_verdict(result.verdict, color) + ": " + text::escaped(reason) + " [" +
         std::string(result.code.text()) + "]\n";
}

std::string result_text(const verify::AttestationResult& result, const TextStyle& style) {
  constexpr std::size_t kIndent = 4;
  std::string out = "\n";
  append_run(out, result);
  out += '\n';
  out +=
      "Tests of the sandbox. Probes tried all this in the program's place before the program started, and a witness "
      "looked from outside. `holds` means that the sandbox denied what it must deny:\n";
  for (const judge::Row& row : result.judgement.rows) append_row(out, row, style.color);
  if (!result.evidence_rows.empty())
    out += "\nTests of the evidence. `holds` means that the verifier checked this and found nothing wrong:\n";
  for (const judge::Row& row : result.evidence_rows) append_row(out, row, style.color);
  out += "\nNot proved:\n";
  for (const std::string& sentence : result.not_proved) out += "- " + text::escaped(sentence) + "\n";
  out += "\n" + counts_text("sandbox", count(result.judgement.rows)) +
         counts_text("evidence", count(result.evidence_rows));
  std::string verdict = verdict_words(result);
  verdict.replace(0, name(result.verdict).size(), painted_verdict(result.verdict, style.color));
  TextStyle whole = style;
  whole.whole = true;
  const std::string first = result.statement ? summary_text(result, whole) : verdict + "\n";
  return first + text::wrapped_lines(out + verdict + "\n", style.width, kIndent);
}

std::string result_json(const verify::AttestationResult& result) {
  std::string out;
  JsonWriter json(out);
  json.object();
  if (result.statement)
    json.member("acceptance", text::escaped(judge::claimed_by(evidence::stages_of(*result.statement))));
  json.member("code", std::string(result.code.text()));
  write_counts(json.key("counts"), count(result.judgement.rows));
  write_rows(json.key("evidenceRows"), result.evidence_rows);
  if (!result.evidence_sha256.empty()) json.member("evidenceSha256", result.evidence_sha256);
  json.member("keyId", result.key_id).member("matrixSha256", judge::matrix_sha256()).key("notProved").array();
  for (const std::string& sentence : result.not_proved) json.value(text::escaped(sentence));
  json.close();
  if (!result.policy_sha256.empty()) json.member("policySha256", result.policy_sha256);
  json.member("reason", text::escaped(result.reason));
  write_rows(json.key("rows"), result.judgement.rows);
  if (result.statement) verify::write_run(json.key("run"), *result.statement);
  json.member("type", "urn:immure:attestation-result:v1").member("verdict", name(result.verdict)).close();
  return out + "\n";
}

}  // namespace immure::render
