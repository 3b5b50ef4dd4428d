#include "render/formats.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "../sample/sample.hpp"
#include "judge/judge.hpp"
#include "render/html/html.hpp"
#include "render/text_report.hpp"

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
  const auto log = nlohmann::json::parse(result_sarif(rejected()));
  const auto& run = log.at("runs").at(0);
  std::vector<std::string> rules;
  for (const auto& rule : run.at("tool").at("driver").at("rules")) rules.push_back(rule.at("id"));
  EXPECT_EQ(rules.size(), judge::matrix().size() + 1);  // one for evidence that cannot be read
  ASSERT_GE(run.at("results").size(), 2U);
  for (const auto& result : run.at("results"))
    EXPECT_TRUE(std::ranges::find(rules, result.at("ruleId").get<std::string>()) != rules.end()) << result;
  EXPECT_TRUE(nlohmann::json::parse(result_sarif(accepted())).at("runs").at(0).at("results").empty());
}

TEST(Formats, HoldNothingHostile) {
  for (const std::string& text : {result_junit(rejected()), result_sarif(rejected()), result_markdown(rejected())}) {
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
