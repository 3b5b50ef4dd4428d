#include "render/batch.hpp"

#include <gtest/gtest.h>

namespace immure::render {
namespace {

BatchLine line(const std::string& name, const std::string& state, Standing standing) {
  return {.name = name,
          .input = "in/" + name,
          .state = state,
          .standing = standing,
          .exit_code = 0,
          .attempts = 1,
          .duration_ms = 1234,
          .ended_on = "2026-01-02T03:04:05Z",
          .words = {}};
}

BatchSummary summary() {
  BatchSummary made{.title = "2 runs of cp", .problem = {}, .began_on = {}, .verified = true, .lines = {}};
  made.lines.push_back(line("good", "ACCEPTED", Standing::kGood));
  made.lines.push_back(line("lost", "missing", Standing::kUnproved));
  made.lines.back().exit_code.reset();
  return made;
}

TEST(Batch, SumNamesWhatIsNotGood) {
  EXPECT_EQ(batch_sum(summary()), "2 inputs: 1 ACCEPTED, 1 missing (lost)");
  BatchSummary many = summary();
  for (int i = 0; i < 9; ++i) many.lines.push_back(line("r" + std::to_string(i), "REJECTED", Standing::kBad));
  EXPECT_EQ(batch_sum(many), "11 inputs: 1 ACCEPTED, 9 REJECTED (r0, r1, r2, r3, r4, and 4 more), 1 missing (lost)");
  many.lines.push_back(line("x", "extra", Standing::kUnproved));
  EXPECT_TRUE(batch_sum(many).starts_with("11 inputs: ")) << "what is extra is no input";
  EXPECT_EQ(batch_sum({.problem = "no manifest"}), "BLOCKED: no manifest");
}

TEST(Batch, TableHasOnlyWhatIsNotGoodUnlessAllIsWanted) {
  EXPECT_EQ(batch_table(summary(), false), "RUN   STATE    EXIT  SECONDS  WHY\nlost  missing  -     1.234\n");
  EXPECT_NE(batch_table(summary(), true).find("good  ACCEPTED  0"), std::string::npos);
  BatchSummary good = summary();
  good.lines.pop_back();
  EXPECT_EQ(batch_table(good, false), "");
}

TEST(Batch, LinesAreJson) {
  EXPECT_EQ(
      batch_json_lines(summary()),
      R"({"attempts":1,"durationMs":1234,"endedOn":"2026-01-02T03:04:05Z","exitCode":0,"input":"in/good","name":"good","state":"ACCEPTED","words":""})"
      "\n"
      R"({"attempts":1,"durationMs":1234,"endedOn":"2026-01-02T03:04:05Z","input":"in/lost","name":"lost","state":"missing","words":""})"
      "\n");
}

TEST(Batch, JUnitCountsAndEscapes) {
  BatchSummary made = summary();
  made.lines.push_back(line("<a> & \"b\"\x01", "REJECTED", Standing::kBad));
  made.lines.back().words = "]]> & <x>";
  const std::string junit = batch_junit(made);
  EXPECT_NE(junit.find("tests=\"3\" failures=\"1\" errors=\"1\""), std::string::npos) << junit;
  EXPECT_NE(junit.find("name=\"&lt;a&gt; &amp; &quot;b&quot;"), std::string::npos) << junit;
  EXPECT_NE(junit.find("]]&gt; &amp; &lt;x&gt;"), std::string::npos) << junit;
  EXPECT_EQ(junit.find('\x01'), std::string::npos);
  EXPECT_NE(batch_junit({.problem = "none"}).find("errors=\"1\""), std::string::npos);
}

TEST(Batch, PageEscapesAndSaysWhatTheRowsAre) {
  BatchSummary made = summary();
  made.lines.push_back(line("</td><script>alert(1)</script>", "REJECTED", Standing::kBad));
  made.lines.back().words = "\" onmouseover=\"x";
  const std::string page = batch_html(made);
  EXPECT_EQ(page.find("alert(1)</script>"), std::string::npos);
  EXPECT_NE(page.find("&lt;/td&gt;&lt;script&gt;"), std::string::npos);
  EXPECT_EQ(page.find("\" onmouseover=\"x"), std::string::npos);
  EXPECT_NE(page.find("shows the verdict on each run"), std::string::npos);
  made.verified = false;
  EXPECT_NE(batch_html(made).find("It is no verdict"), std::string::npos);
  EXPECT_NE(page.find("<option value=\"missing\">missing (1)</option>"), std::string::npos);
}

}  // namespace
}  // namespace immure::render
