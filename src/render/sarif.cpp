#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "file/sha256.hpp"
#include "judge/claim.hpp"
#include "render/formats.hpp"
#include "text/hex.hpp"
#include "text/json_writer.hpp"
#include "text/visible.hpp"
#include "verify/run_summary.hpp"

namespace immure::render {
namespace {

using text::JsonWriter;

constexpr std::string_view kVerdictRule = "immure/verdict";

/// Writes an object {"text": …}.
void write_message(JsonWriter& json, std::string_view key, std::string_view text) {
  json.key(key).object().member("text", text::escaped(text)).close();
}

std::string rule_id(int number) { return "immure/" + std::to_string(number); }

/// The path as a URI reference. Code-scanning services take a path below the repository, or a file: URI, and no `..`.
std::string uri_of(std::string_view path) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
  while (path.starts_with("./")) path.remove_prefix(2);
  if (("/" + std::string(path) + "/").contains("/../")) path.remove_prefix(path.rfind('/') + 1);
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    if (kPlain.contains(c)) {
      uri += c;
    } else {
      text::append_escape(uri, "%", c, text::Letters::kUpper);
    }
  }
  return uri.empty() ? "evidence" : uri;
}

struct Rule {
  std::string_view full, brief, help;
  std::string id, name;
  std::string_view severity;  ///< by which code-scanning services sort, on the scale of CVSS
};

constexpr std::string_view kTestHelp =
    "Read the finding: it says where the evidence shows the problem, what was expected and what was observed. "
    "`immure verify -v` shows all tests, and docs/reason-codes.md explains the code of the finding.";
constexpr std::string_view kVerdictHelp =
    "Do not rely on the outputs of this run. The code of the finding says why; docs/reason-codes.md explains the "
    "codes.";

void write_rule(JsonWriter& json, const Rule& rule) {
  json.object().key("defaultConfiguration").object().member("level", "error").close();
  write_message(json, "fullDescription", rule.full);
  json.key("help").object().member("markdown", rule.help).member("text", rule.help).close();
  json.member("id", rule.id).member("name", rule.name);
  json.key("properties").object().member("precision", "very-high").member("security-severity", rule.severity);
  json.key("tags").array().value("security").close().close();
  write_message(json, "shortDescription", rule.brief);
  json.close();
}

void write_rules(JsonWriter& json) {
  json.array();
  for (const judge::MatrixTest& test : judge::matrix())
    write_rule(json, {test.passes_when, test.title, kTestHelp, rule_id(test.number),
                      "ImmureTest" + std::to_string(test.number), "8.0"});
  write_rule(json, {"The evidence as a whole was not accepted.", "Verdict", kVerdictHelp, std::string(kVerdictRule),
                    "ImmureVerdict", "9.0"});
  json.close();
}

/// The place of a rule in write_rules().
std::size_t rule_index(std::string_view id) {
  const auto tests = judge::matrix();
  const auto found = std::ranges::find_if(tests, [&](const auto& test) { return rule_id(test.number) == id; });
  return static_cast<std::size_t>(found - tests.begin());
}

struct SarifResult {
  std::string rule, text;
  judge::Reason code;
  std::string where;
  bool proved = true;
};

void write_sarif_result(JsonWriter& json, const SarifResult& result, std::string_view uri) {
  json.object().member("level", "error");
  // Evidence is one line, so the physical location is its first line. The logical location says the place within.
  json.key("locations").array().object().key("logicalLocations").array().object();
  json.member("fullyQualifiedName", result.where.empty() ? "evidence" : text::escaped(result.where)).close().close();
  json.key("physicalLocation").object().key("artifactLocation").object().member("uri", uri).close();
  json.key("region").object().member("startLine", 1).close().close().close().close();
  write_message(json, "message", result.text);
  // The same finding about the same file has the same fingerprint, so a service does not report it as new.
  const std::string identity = result.rule + "\n" + std::string(result.code.text()) + "\n" + result.where;
  json.key("partialFingerprints").object();
  json.member("primaryLocationLineHash", file::sha256_hex(identity).substr(0, 16) + ":1").close();
  json.key("properties").object().member("code", result.code.text()).member("proved", result.proved).close();
  json.member("ruleId", result.rule).member("ruleIndex", rule_index(result.rule)).close();
}

void collect(std::vector<SarifResult>& results, const std::vector<judge::Row>& rows) {
  for (const judge::Row& row : rows) {
    for (const judge::Finding& finding : row.findings) {
      results.push_back({.rule = rule_id(row.number),
                         .text = "#" + std::to_string(row.number) + " " +
                                 std::string(judge::test_of(row.number).title) + ": " + finding.where + ": expected " +
                                 finding.expected + ", observed " + finding.observed,
                         .code = finding.code,
                         .where = finding.where,
                         .proved = row.outcome == judge::Outcome::kDoesNotHold});
    }
  }
}

std::vector<SarifResult> results_of(const verify::AttestationResult& result) {
  std::vector<SarifResult> results;
  collect(results, result.judgement.rows);
  collect(results, result.evidence_rows);
  if (result.verdict != verify::Verdict::kAccepted) {
    results.push_back({.rule = std::string(kVerdictRule),
                       .text = std::string(name(result.verdict)) + ": " + result.reason,
                       .code = result.code,
                       .where = {},
                       .proved = result.verdict == verify::Verdict::kRejected});
  }
  return results;
}

}  // namespace

std::string result_sarif(const verify::AttestationResult& result, std::string_view evidence_path) {
  const std::string uri = uri_of(evidence_path);
  std::string out;
  JsonWriter json(out);
  json.object().member("$schema", "https://json.schemastore.org/sarif-2.1.0.json").key("runs").array().object();
  // What stands before the last slash is the category: a service replaces the earlier results of the same category.
  json.key("automationDetails").object();
  json.member("id", "immure/" + uri + "/" +
                        (result.statement ? text::escaped(result.statement->predicate.run_id) : std::string("unread")));
  json.close().key("invocations").array().object().member("executionSuccessful", true).close().close();
  if (result.statement) {
    const std::string claimed = judge::claimed_by(evidence::stages_of(*result.statement));
    json.key("properties").object().member("acceptance", text::escaped(claimed));
    verify::write_run(json.key("run"), *result.statement);
    json.close();
  }
  json.key("results").array();
  for (const SarifResult& one : results_of(result)) write_sarif_result(json, one, uri);
  json.close().key("tool").object().key("driver").object().member("name", "immure");
  write_rules(json.key("rules"));
  json.member("version", IMMURE_VERSION).close().close().close().close().member("version", "2.1.0").close();
  return out + "\n";
}

}  // namespace immure::render
