#include "render/formats.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "../sample/sample.hpp"
#include "judge/judge.hpp"
#include "render/html/html.hpp"
#include "render/text_report.hpp"
#include "verify/result_statement.hpp"

namespace immure::render {
namespace {

using test::Desk;
using test::statement_of_a_good_run;

verify::AttestationResult accepted() { return Desk().appraise(statement_of_a_good_run()); }

/// A result with a current directory that is not the cell's. The name of this directory contains markup, a terminal
/// sequence and a character that changes the direction of the text.
verify::AttestationResult rejected() {
  evidence::Statement statement = statement_of_a_good_run();
  statement.predicate.outside[1].cwd = "/<script>\"'&|`\x1b[31m\xE2\x80\xAE\n";
  return Desk().appraise(statement);
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Reports, ShowWhatAVenueHasAroundTheCell) {
  evidence::Statement statement = statement_of_a_good_run();
  evidence::Evidence& e = statement.predicate;
  e.host.venue = "podman";
  e.host.passed_over = {"native: forbidden<b>"};
  e.outer = evidence::OuterWalls{.command = {"/usr/bin/podman", "run\n| x"},
                                 .bounding_capabilities = "0000000080000000",
                                 .effective_capabilities = "0000000080000000",
                                 .root = {"nodev", "ro"}};
  const verify::AttestationResult result = Desk().appraise(statement);
  const std::string text = result_text(result, {.width = 1000});
  EXPECT_NE(text.find("started by: /usr/bin/podman run\\x0a| x\n"), std::string::npos) << text;
  EXPECT_NE(text.find("venues passed over: native: forbidden<b>\n"), std::string::npos);
  EXPECT_NE(text.find("its effective capabilities: 0000000080000000\n"), std::string::npos);
  const std::string page = result_html(result, {"evidence.json", "2026-06-09T12:01:00Z", "0"});
  EXPECT_NE(page.find("What the venue had around the cell"), std::string::npos);
  EXPECT_EQ(page.find("forbidden<b>"), std::string::npos);
  const std::string markdown = result_markdown(result);
  EXPECT_NE(markdown.find("| options of its root | nodev, ro |"), std::string::npos) << markdown;
  EXPECT_EQ(markdown.find("forbidden<b>"), std::string::npos);
  for (const std::string& plain : {result_text(accepted(), {.width = 1000}), result_markdown(accepted())})
    EXPECT_EQ(plain.find("around the cell"), std::string::npos);
}

/// A run that was accepted although a signal ended its program at a limit, and lost much.
verify::AttestationResult killed() {
  evidence::Statement statement = statement_of_a_good_run();
  evidence::Evidence& e = statement.predicate;
  e.payload->exit_code.reset();
  e.payload->signal = SIGKILL;
  e.payload->limits_hit = {"wall-clock"};
  e.payload->refused = {{2, "/tmp/x<b>", "scratch"}, {1, "/dev/fuse", "device"}};
  e.payload->left_running = true;
  e.output.refused = {"pipe: fifo"};
  e.output.perhaps_cut = {"report.txt"};
  e.unsafe = {"unsafe_syscalls"};
  return Desk().appraise(statement);
}

/// What happened stands in the results that programs read, in the same words.
void expect_what_happened(const nlohmann::json& run) {
  EXPECT_EQ(run["signal"], 9) << run;
  EXPECT_FALSE(run.contains("exitCode"));
  EXPECT_EQ(run["limitsHit"], nlohmann::json::array({"wall-clock"}));
  EXPECT_EQ(run["lostOutputs"], nlohmann::json::array({"pipe: fifo"}));
  EXPECT_EQ(run["perhapsCut"], nlohmann::json::array({"report.txt"}));
  EXPECT_EQ(run["refusedCalls"], 3);
  EXPECT_EQ(run["refused"][0]["path"], "/tmp/x<b>");
  EXPECT_EQ(run["leftRunning"], true);
  EXPECT_EQ(run["unsafe"], nlohmann::json::array({"unsafe_syscalls"}));
  EXPECT_EQ(run["argv"], nlohmann::json::array({"/inspect", "/in", "/out"}));
  EXPECT_EQ(run["inputManifestSha256"], test::kDigestA);
}

TEST(WhatHappened, IsInJsonAndSarif) {
  ASSERT_EQ(killed().verdict, verify::Verdict::kAccepted);
  expect_what_happened(nlohmann::json::parse(result_json(killed()))["run"]);
  expect_what_happened(
      nlohmann::json::parse(result_sarif(killed(), "out.evidence.json"))["runs"][0]["properties"]["run"]);
  const auto run = nlohmann::json::parse(result_json(accepted()))["run"];
  EXPECT_EQ(run["exitCode"], 0);
  EXPECT_FALSE(run.contains("signal") || run.contains("refusedCalls")) << "nobody observed the program";
}

TEST(WhatHappened, IsInTheSignedResults) {
  for (const auto type : {verify::ResultType::kSummary, verify::ResultType::kTests}) {
    const auto text = verify::result_statement(killed(), type, {"k", "2026-06-09T12:01:00Z", "1", "e.json"});
    const auto statement = nlohmann::json::parse(text.value_or("null"));
    EXPECT_EQ(statement.dump(), text) << "canonical";
    expect_what_happened(statement["predicate"]["urn:immure:run"]);
  }
}

TEST(WhatHappened, IsInJunit) {
  const std::string text = result_junit(killed());
  for (const std::string_view part :
       {"name=\"signal\" value=\"9\"", "name=\"ended\" value=\"killed by signal 9 (SIGKILL)\"",
        "name=\"limitsHit\" value=\"wall-clock\"", "name=\"refusedCalls\" value=\"3\"",
        "name=\"lostOutputs\" value=\"1\"", "name=\"unsafe\" value=\"unsafe_syscalls\"",
        "name=\"program\" value=\"/inspect /in /out\""})
    EXPECT_EQ(count(text, part), 2U) << part;
  EXPECT_EQ(text.find("<b>"), std::string::npos);
}

TEST(WhatHappened, IsInMarkdownAndOnTheFirstScreenOfThePage) {
  const std::string markdown = result_markdown(killed());
  EXPECT_NE(markdown.find("The program ended: killed by signal 9 \\(SIGKILL\\)\n"), std::string::npos) << markdown;
  EXPECT_NE(markdown.find("## Needs attention"), std::string::npos);
  EXPECT_EQ(result_markdown(accepted()).find("## Needs attention"), std::string::npos);
  const std::string page = result_html(killed(), {"evidence.json", "2026-06-09T12:01:00Z", "0"});
  const std::string first = page.substr(0, page.find("<main>"));
  for (const std::string_view part : {"killed by signal 9 (SIGKILL)", "limit hit: wall-clock", "1 output lost",
                                      "unsafe_syscalls", "3 calls could not succeed", "report.txt"})
    EXPECT_NE(first.find(part), std::string::npos) << part;
  EXPECT_EQ(page.find("x<b>"), std::string::npos);
  EXPECT_NE(page.substr(first.size()).find("some still ran, and were killed"), std::string::npos);
}

TEST(ResultJunit, OfAcceptedHasNoFailure) {
  const std::string text = result_junit(accepted());
  EXPECT_EQ(count(text, "<failure") + count(text, "<error"), 0U);
  EXPECT_EQ(count(text, "<testcase classname=\"immure.sandbox\""), 14U);
}

TEST(ResultJunit, OfAnythingElseHasOne) {
  EXPECT_GE(count(result_junit(rejected()), "<failure"), 2U) << "the test and the verdict";
  EXPECT_GE(count(result_junit(verify::AttestationResult{}), "<error"), 1U);
  Desk desk;
  std::string bytes = evidence::seal(statement_of_a_good_run(), desk.key);
  bytes[bytes.size() / 2] ^= 1;
  EXPECT_GE(count(result_junit(verify::appraise(desk.request(bytes))), "<error"), 15U);
}

TEST(ResultJunit, CountsWhatItHolds) {
  const std::string text = result_junit(rejected());
  const std::string total = "tests=\"" + std::to_string(count(text, "<testcase")) + "\" failures=\"" +
                            std::to_string(count(text, "<failure")) + "\"";
  EXPECT_NE(text.find("<testsuites name=\"immure\" " + total), std::string::npos) << text.substr(0, 200);
}

TEST(ResultSarif, NamesARuleForEachResult) {
  const auto log = nlohmann::json::parse(result_sarif(rejected(), "out.evidence.json"));
  const auto& run = log.at("runs").at(0);
  std::vector<std::string> rules;
  for (const auto& rule : run.at("tool").at("driver").at("rules")) rules.push_back(rule.at("id"));
  EXPECT_EQ(rules.size(), judge::matrix().size() + 1);  // one for evidence that cannot be read
  ASSERT_GE(run.at("results").size(), 2U);
  for (const auto& result : run.at("results"))
    EXPECT_TRUE(std::ranges::find(rules, result.at("ruleId").get<std::string>()) != rules.end()) << result;
  EXPECT_TRUE(
      nlohmann::json::parse(result_sarif(accepted(), "out.evidence.json")).at("runs").at(0).at("results").empty());
}

TEST(ResultSarif, NamesTheFileAsGithubTakesIt) {
  const auto uri = [](std::string_view path) {
    const auto log = nlohmann::json::parse(result_sarif(rejected(), path));
    const auto& location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    EXPECT_EQ(location["region"]["startLine"], 1);
    return location["artifactLocation"]["uri"].get<std::string>();
  };
  EXPECT_EQ(uri("dir/e.json"), "dir/e.json");
  EXPECT_EQ(uri("./e.json"), "e.json");
  EXPECT_EQ(uri("/tmp/a b?.json"), "file:///tmp/a%20b%3F.json");
  EXPECT_EQ(uri("../../e.json"), "e.json");
  EXPECT_EQ(uri("a/../../e.json"), "e.json");
  EXPECT_EQ(uri("x\x1b%\xff"), "x%1B%25%FF");
}

TEST(ResultSarif, IsCanonicalAndKeepsItsFingerprints) {
  for (const verify::AttestationResult& result : {accepted(), rejected(), verify::AttestationResult{}}) {
    const std::string text = result_sarif(result, "e.json");
    EXPECT_EQ(nlohmann::json::parse(text).dump() + "\n", text);
    EXPECT_EQ(text, result_sarif(result, "e.json"));
  }
}

TEST(Formats, HoldNothingHostile) {
  for (const std::string& text :
       {result_junit(rejected()), result_sarif(rejected(), "out.evidence.json"), result_markdown(rejected())}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find("\xE2\x80\xAE"), std::string::npos);
  }
  EXPECT_EQ(result_junit(rejected()).find("<script"), std::string::npos);
  EXPECT_EQ(result_markdown(rejected()).find("<script"), std::string::npos);
  EXPECT_NE(result_markdown(rejected()).find("&lt;script\\>"), std::string::npos);
}

TEST(ResultMarkdown, BeginsAndEndsWithTheVerdict) {
  const std::string text = result_markdown(rejected());
  EXPECT_TRUE(text.starts_with("# immure: REJECTED\n\n**REJECTED**: "));
  EXPECT_EQ(count(text, "\n**REJECTED**: "), 2U);
  EXPECT_EQ(count(text, "\n| \\#"), 14 + rejected().evidence_rows.size());
}

}  // namespace
}  // namespace immure::render
