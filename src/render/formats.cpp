#include "render/formats.hpp"

#include <algorithm>

#include "judge/claim.hpp"
#include "judge/text.hpp"
#include "render/outer_words.hpp"
#include "render/run_words.hpp"
#include "text/list.hpp"
#include "text/markup.hpp"
#include "text/visible.hpp"
#include "verify/run_summary.hpp"

namespace immure::render {
namespace {

std::string number_text(const judge::Row& row) { return "#" + std::to_string(row.number); }

std::string finding_text(const judge::Finding& finding) {
  return finding.where + ": expected " + finding.expected + ", observed " + finding.observed;
}

// Verdict and reason in one sentence.
std::string verdict_text(const verify::AttestationResult& result) {
  return std::string(name(result.verdict)) + ": " + result.reason;
}

/// The acceptance profile that the run claims; empty if the evidence could not be read.
std::string claimed_by(const verify::AttestationResult& result) {
  return result.statement ? judge::claimed_by(evidence::stages_of(*result.statement)) : std::string();
}

// ---- JUnit ----

std::string xml(std::string_view text) { return text::xml_escaped(text::escaped(text)); }

struct Tally {
  std::size_t tests = 0, failures = 0, errors = 0;
  void add(judge::Outcome outcome) {
    ++tests;
    if (outcome == judge::Outcome::kDoesNotHold) ++failures;
    if (outcome == judge::Outcome::kNotProved) ++errors;
  }
  [[nodiscard]] std::string attributes() const {
    return " tests=\"" + std::to_string(tests) + "\" failures=\"" + std::to_string(failures) + "\" errors=\"" +
           std::to_string(errors) + "\"";
  }
};

std::string junit_case(std::string_view suite, std::string_view title, judge::Outcome outcome, std::string_view code,
                       std::string_view message, std::string_view body) {
  std::string out = "    <testcase classname=\"immure." + std::string(suite) + "\" name=\"" + xml(title) + "\"";
  if (outcome == judge::Outcome::kHolds) return out + "/>\n";
  const std::string element = outcome == judge::Outcome::kDoesNotHold ? "failure" : "error";
  return out + ">\n      <" + element + " type=\"" + xml(code) + "\" message=\"" + xml(message) + "\">" +
         std::string(body) + "</" + element + ">\n    </testcase>\n";
}

std::string junit_row(std::string_view suite, const judge::Row& row) {
  std::string body;
  for (const judge::Finding& finding : row.findings)
    body += xml(finding_text(finding)) + " [" + xml(finding.code.text()) + "]\n";
  const std::string title = number_text(row) + " " + std::string(judge::test_of(row.number).title);
  const std::string_view code = row.findings.empty() ? "unproved" : row.findings.front().code.text();
  return junit_case(suite, title, row.outcome, code, row.observed, body);
}

/// What happened in the run, as properties of a suite: a report of tests has no other place for facts.
std::string junit_properties(const verify::AttestationResult& result) {
  if (!result.statement) return {};
  const evidence::Evidence& evidence = result.statement->predicate;
  std::string out;
  const auto add = [&](std::string_view name, const std::string& value) {
    out += "<property name=\"" + std::string(name) + "\" value=\"" + xml(value) + "\"/>";
  };
  add("acceptance", claimed_by(result));
  std::string attention;
  for (const std::string& words : attention_words(*result.statement)) text::append_item(attention, words, "; ");
  add("attention", attention);
  add("ended", end_words(*result.statement));
  if (evidence.payload) {
    if (evidence.payload->exit_code) add("exitCode", std::to_string(*evidence.payload->exit_code));
    if (evidence.payload->signal) add("signal", std::to_string(*evidence.payload->signal));
    add("limitsHit", text::list_text(evidence.payload->limits_hit));
    if (evidence.payload->refused) add("refusedCalls", std::to_string(verify::refused_calls(*result.statement)));
  }
  add("inputManifestSha256", evidence.input.manifest_sha256);
  add("lostOutputs", std::to_string(evidence.output.refused.size()));
  add("program", command_words(*result.statement));
  add("runId", evidence.run_id);
  add("unsafe", text::list_text(evidence.unsafe));
  return "    <properties>" + out + "</properties>\n";
}

std::string junit_suite(std::string_view suite, const std::string& cases, const Tally& tally,
                        const std::string& properties) {
  return "  <testsuite name=\"immure." + std::string(suite) + "\"" + tally.attributes() + ">\n" + properties + cases +
         "  </testsuite>\n";
}

// ---- Markdown ----

// Escapes a text so that neither Markdown nor the HTML in Markdown interprets it.
std::string markdown(std::string_view text) {
  constexpr std::string_view kSpecial = "\\`*_{}[]()#+-.!|~>@:";
  std::string out;
  for (const char c : text::escaped(text)) {
    if (c == '<' || c == '&') {
      out += text::entity(c, text::Markup::kHtml);
    } else {
      if (kSpecial.find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string_view markdown_word(judge::Outcome outcome) {
  switch (outcome) {
    case judge::Outcome::kHolds: return "✔ holds";
    case judge::Outcome::kDoesNotHold: return "✘ **does not hold**";
    case judge::Outcome::kNotProved: return "? **not proved**";
  }
  return "? **not proved**";
}

std::string markdown_rows(const std::vector<judge::Row>& rows) {
  std::string out = "| test | outcome | expected | observed | code |\n|---|---|---|---|---|\n";
  for (const judge::Row& row : rows) {
    const bool holds = row.findings.empty();
    // A row that holds has no finding; its code is a dash.
    const judge::Finding finding =
        holds ? judge::Finding{.code = {}, .where = {}, .expected = row.expected, .observed = row.observed}
              : row.findings.front();
    out += "| " + markdown(number_text(row)) + " " + markdown(judge::test_of(row.number).title) + " | " +
           std::string(markdown_word(row.outcome)) + " | " + markdown(finding.expected) + " | " +
           markdown((finding.where.empty() ? "" : finding.where + ": ") + finding.observed) + " | " +
           markdown(holds ? "-" : finding.code.text()) + " |\n";
  }
  return out;
}

}  // namespace

std::string result_junit(const verify::AttestationResult& result) {
  std::string sandbox, evidence;
  Tally sandbox_tally, evidence_tally;
  for (const judge::Row& row : result.judgement.rows) {
    sandbox += junit_row("sandbox", row);
    sandbox_tally.add(row.outcome);
  }
  for (const judge::Row& row : result.evidence_rows) {
    evidence += junit_row("evidence", row);
    evidence_tally.add(row.outcome);
  }
  const judge::Outcome whole = result.verdict == verify::Verdict::kAccepted   ? judge::Outcome::kHolds
                               : result.verdict == verify::Verdict::kRejected ? judge::Outcome::kDoesNotHold
                                                                              : judge::Outcome::kNotProved;
  evidence += junit_case("evidence", "verdict", whole, result.code.text(), verdict_text(result), xml(result.reason));
  evidence_tally.add(whole);
  Tally all = sandbox_tally;
  all.tests += evidence_tally.tests;
  all.failures += evidence_tally.failures;
  all.errors += evidence_tally.errors;
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"immure\"" + all.attributes() + ">\n" +
         junit_suite("sandbox", sandbox, sandbox_tally, junit_properties(result)) +
         junit_suite("evidence", evidence, evidence_tally, junit_properties(result)) + "</testsuites>\n";
}

std::string result_markdown(const verify::AttestationResult& result) {
  const std::string verdict = "**" + std::string(name(result.verdict)) + "**: " + markdown(result.reason) + " \\[" +
                              markdown(result.code.text()) + "\\]\n";
  std::string out = "# immure: " + std::string(name(result.verdict)) + "\n\n" + verdict;
  if (result.statement) {
    const evidence::Evidence& evidence = result.statement->predicate;
    out += "\nAcceptance profile: " + markdown(claimed_by(result)) + "\n";
    out += "\nRun " + markdown(evidence.run_id) + ", " + markdown(evidence.started_on) + " to " +
           markdown(evidence.finished_on) + ", venue " + markdown(evidence.host.venue) + ", profile " +
           markdown(evidence.profile.name) + ", program " + markdown(evidence.program.name) + "\n";
    out += "\nCommand: " + markdown(command_words(*result.statement)) +
           "\n\nInput: " + markdown(input_words(evidence)) +
           "\n\nThe program ended: " + markdown(end_words(*result.statement)) + "\n";
    const std::vector<std::string> attention = attention_words(*result.statement);
    if (!attention.empty()) out += "\n## Needs attention\n\n";
    for (const std::string& words : attention) out += "- " + markdown(words) + "\n";
    const std::vector<OuterFact> facts = outer_facts(evidence);
    if (!facts.empty()) out += "\n## Around the cell\n\n| what | seen |\n|---|---|\n";
    for (const OuterFact& fact : facts) out += "| " + markdown(fact.name) + " | " + markdown(fact.value) + " |\n";
  }
  out += "\n## Sandbox\n\n" + markdown_rows(result.judgement.rows);
  if (!result.evidence_rows.empty()) out += "\n## Evidence\n\n" + markdown_rows(result.evidence_rows);
  out += "\n## Not proved\n\n";
  for (const std::string& sentence : result.not_proved) out += "- " + markdown(sentence) + "\n";
  return out + "\n" + verdict;
}

}  // namespace immure::render
