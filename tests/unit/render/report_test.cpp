#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "../sample/sample.hpp"
#include "judge/text.hpp"
#include "render/summary.hpp"
#include "render/text_report.hpp"
#include "text/visible.hpp"
#include "text/wrap.hpp"
#include "verify/verify.hpp"

namespace immure::render {
namespace {

using test::Desk;
using test::statement_of_a_good_run;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = text.find('\n', from);
    lines.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return lines;
}

verify::AttestationResult accepted() { return Desk().appraise(statement_of_a_good_run()); }

verify::AttestationResult rejected() {
  evidence::Statement statement = statement_of_a_good_run();
  statement.predicate.outside[1].cwd = "/home/\x1b[31mred\xE2\x80\xAE\n";
  return Desk().appraise(statement);
}

TEST(ResultText, BeginsAndEndsWithTheVerdict) {
  for (const verify::AttestationResult& result : {accepted(), rejected(), verify::AttestationResult{}}) {
    const auto lines = lines_of(result_text(result, {.width = 1000}));
    EXPECT_TRUE(lines.front().starts_with(std::string(name(result.verdict)) + ": ")) << lines.front();
    EXPECT_EQ(lines.front(), lines.back());
  }
}

TEST(ResultText, HasOneRowForEachTestOfTheSandbox) {
  for (const verify::AttestationResult& result : {accepted(), rejected(), Desk().appraise({})}) {
    const auto lines = lines_of(result_text(result, {.width = 1000}));
    for (int number = 24; number <= 37; ++number)
      EXPECT_EQ(std::ranges::count_if(
                    lines, [&](const auto& line) { return line.starts_with("#" + std::to_string(number) + " "); }),
                1);
  }
}

// The reader has asked for everything, so nothing is cut, and nothing tells the reader to ask for more.
TEST(ResultText, CutsNothing) {
  evidence::Statement statement = statement_of_a_good_run();
  statement.predicate.payload->argv = {"/inspect", std::string(300, 'x'), "the-last-word"};
  statement.predicate.payload->limits_hit = {"cpu", "memory", "wall-clock"};
  statement.predicate.output.refused = {"pipe-" + std::string(200, 'y') + ": fifo", "the-last-output: fifo"};
  const verify::AttestationResult result = Desk().appraise(statement);
  const std::string text = result_text(result, {.width = 60});
  EXPECT_FALSE(text.contains("(-v)")) << text;
  EXPECT_TRUE(text.contains("the-last-word")) << text;
  EXPECT_TRUE(summary_text(result, {.width = 60}).contains("(-v)"));
}

TEST(ResultText, SaysWhatARowMeans) {
  const auto lines = lines_of(result_text(accepted(), {.width = 1000}));
  const auto row = std::ranges::find_if(lines, [](const std::string& line) { return line.starts_with("#25 "); });
  ASSERT_NE(row, lines.end());
  EXPECT_TRUE(row->contains("| demanded: ") && row->contains("| seen: ")) << *row;
  EXPECT_TRUE(std::ranges::any_of(
      lines, [](const std::string& line) { return line.contains("`holds` means that the sandbox denied"); }));
}

TEST(ResultText, CountsAddUp) {
  EXPECT_NE(
      result_text(accepted(), {.width = 1000}).find("sandbox: 14 tests = 14 hold + 0 do not hold + 0 not proved\n"),
      std::string::npos);
  EXPECT_NE(
      result_text(rejected(), {.width = 1000}).find("sandbox: 14 tests = 13 hold + 1 do not hold + 0 not proved\n"),
      std::string::npos);
}

TEST(ResultText, BreaksLongLines) {
  for (const std::string& line : lines_of(result_text(rejected(), {.color = true, .width = 50})))
    EXPECT_LE(text::columns(line), 50U) << line;
}

TEST(ResultText, EscapesWhatTheEvidenceSays) {
  const std::string text = result_text(rejected(), {.width = 1000});
  EXPECT_NE(text.find("/home/\\x1b[31mred\\u{202e}\\x0a"), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\xE2\x80\xAE"), std::string::npos);
}

TEST(ResultText, IsColoredOnlyWhenAsked) {
  EXPECT_NE(result_text(accepted(), {.color = true, .width = 1000}).find("\x1b[1;32mACCEPTED\x1b[0m"),
            std::string::npos);
  EXPECT_EQ(result_text(accepted(), {.width = 1000}).find('\x1b'), std::string::npos);
}

TEST(ResultJson, IsCanonicalAndOnOneLine) {
  for (const verify::AttestationResult& result : {accepted(), rejected(), verify::AttestationResult{}}) {
    const std::string text = result_json(result);
    ASSERT_TRUE(text.ends_with("\n"));
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    EXPECT_EQ(nlohmann::json::parse(text).dump() + "\n", text);
  }
}

TEST(ResultJson, SaysTheSameAsTheRows) {
  const auto json = nlohmann::json::parse(result_json(rejected()));
  EXPECT_EQ(json["verdict"], "REJECTED");
  EXPECT_EQ(json["code"], "root-outside");
  EXPECT_EQ(json["rows"].size(), 14U);
  EXPECT_EQ(json["counts"]["holds"], 13);
  EXPECT_EQ(json["counts"]["doesNotHold"], 1);
  EXPECT_EQ(json["rows"][7]["number"], 31);
  EXPECT_EQ(json["rows"][7]["outcome"], "does-not-hold");
  EXPECT_EQ(json["rows"][7]["findings"][0]["where"], "/outside/1/cwd");
}

TEST(Visible, LeavesPlainTextAlone) {
  for (const char* text : {"", "plain text 123", "Größe, 日本語, 🙂"}) EXPECT_EQ(text::escaped(text), text);
}

TEST(Visible, ShowsWhatCannotBeSeen) {
  EXPECT_EQ(text::escaped("a\tb\r\n"), "a\\x09b\\x0d\\x0a");
  EXPECT_EQ(text::escaped("\x7f\xC2\x9B"), "\\u{7f}\\u{9b}");
  EXPECT_EQ(text::escaped("\xE2\x81\xA6x\xE2\x80\x8B\xEF\xBB\xBF"), "\\u{2066}x\\u{200b}\\u{feff}");
  EXPECT_EQ(text::escaped("\xff\xC0\x80"), "\\xff\\xc0\\x80");
  EXPECT_EQ(text::escaped("a\\x09"), "a\\\\x09");
}

TEST(AnswerText, NamesWhatTheKernelSaid) {
  EXPECT_EQ(judge::answer_text({3, 0, 0}), "ok(3)");
  EXPECT_EQ(judge::answer_text({-1, EPERM, 0}), "EPERM");
  EXPECT_EQ(judge::answer_text({-1, EPERM, probe::kCreated | probe::kWritten}), "EPERM [created, written]");
  EXPECT_EQ(judge::answer_text({31, 0, probe::kSignal}), "signal 31");
  EXPECT_EQ(judge::answer_text({-1, 0, probe::kNotRun}), "not run");
  EXPECT_EQ(judge::answer_text({3, EPERM, 0}), "EPERM beside ok(3)");
  EXPECT_EQ(judge::answer_text({-2, EPERM, 0}), "EPERM beside -2");
  EXPECT_EQ(judge::answer_text({-1, 1000, 0}), "errno 1000");
  EXPECT_EQ(judge::answers_text({EROFS, 0, -31}), "EROFS or ok or signal 31");
}

}  // namespace
}  // namespace immure::render
