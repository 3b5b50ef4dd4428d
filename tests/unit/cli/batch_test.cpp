#include "cli/batch/journal.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "cli/batch/entries.hpp"
#include "cli/batch/names.hpp"
#include "cli/batch/plan_record.hpp"

namespace immure::cli {
namespace {

std::string digest(char digit) { return std::string(64, digit); }

RunRecord record(const std::string& name, int code = 0) {
  return {.attempt = 1,
          .code = code,
          .duration_ms = 7,
          .ended_on = "2026-01-02T03:04:05Z",
          .last = true,
          .name = name,
          .started = true,
          .words = code == 0 ? "" : "it \"failed\"\n"};
}

std::string journal_of(int runs) {
  std::string bytes = journal_begin(digest('a'));
  for (int run = 0; run < runs; ++run) bytes += journal_line(record("run " + std::to_string(run), run % 2));
  return bytes;
}

TEST(Journal, SaysWhatWasWritten) {
  const auto found = replay(journal_of(3), "journal");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->plan_sha256, digest('a'));
  ASSERT_EQ(found->records.size(), 3U);
  EXPECT_EQ(found->records[1].name, "run 1");
  EXPECT_EQ(found->records[1].words, "it \"failed\"\n");
  EXPECT_EQ(found->whole_bytes, journal_of(3).size());
}

TEST(Journal, SurvivesACutAtEveryByte) {
  const std::string whole = journal_of(5);
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    const auto found = replay(std::string_view(whole).substr(0, cut), "journal");
    ASSERT_TRUE(found) << cut;
    // Exactly the whole lines before the cut count.
    const auto lines =
        static_cast<std::size_t>(std::count(whole.begin(), whole.begin() + static_cast<long>(cut), '\n'));
    EXPECT_EQ(found->records.size(), lines == 0 ? 0 : lines - 1) << cut;
    EXPECT_EQ(found->plan_sha256.empty(), lines == 0) << cut;
    EXPECT_LE(found->whole_bytes, cut);
    // What is appended behind the whole lines can be read again.
    const std::string next = found->plan_sha256.empty() ? journal_begin(digest('a')) : std::string();
    const std::string longer = whole.substr(0, found->whole_bytes) + next + journal_line(record("later"));
    const auto again = replay(longer, "journal");
    ASSERT_TRUE(again) << cut;
    EXPECT_EQ(again->records.back().name, "later") << cut;
    EXPECT_EQ(again->records.size(), found->records.size() + 1) << cut;
  }
}

TEST(Journal, DropsAnEndThatTheDiskFilledWithOtherBytes) {
  const std::string whole = journal_of(2);
  for (const std::string& end :
       {std::string("\0\0\0\0", 4), std::string("\0\n", 2), std::string("0123456789abcdef {}\n")}) {
    const auto found = replay(whole + end, "journal");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->records.size(), 2U);
    EXPECT_EQ(found->whole_bytes, whole.size());
  }
}

TEST(Journal, RefusesAChangeBeforeWholeRecords) {
  const std::string whole = journal_of(3);
  const std::size_t last = whole.rfind('\n', whole.size() - 2) + 1;
  // Without the newline before it, the last record is a part of a damaged end.
  for (std::size_t at = 0; at + 1 < last; ++at) {
    std::string changed = whole;
    changed[at] ^= 1;
    const auto found = replay(changed, "journal");
    ASSERT_FALSE(found) << at;
    EXPECT_EQ(found.error().code, Code::kBadInput);
  }
}

BatchPlan plan() {
  return {.began_on = "2026-01-02T03:04:05Z",
          .facts = {{"--timeout", "5m"}, {"the key", "abc"}},
          .id = std::string(32, '1'),
          .inputs = {{"a", "drops/a", digest('1')}, {"b", "drops/b", digest('2')}}};
}

std::string difference(const BatchPlan& now) {
  const auto same = check_same_plan(plan(), now);
  return same ? "" : same.error().what;
}

TEST(BatchPlanRecord, IsReadAsItWasWritten) {
  const auto read = read_plan(plan_text(plan()), "plan");
  ASSERT_TRUE(read);
  EXPECT_EQ(plan_text(*read), plan_text(plan()));
  EXPECT_TRUE(check_same_plan(plan(), *read));
  EXPECT_FALSE(read_plan("{}", "plan"));
}

TEST(BatchPlanRecord, NamesEachChange) {
  BatchPlan now = plan();
  now.facts[0].value = "10m";
  EXPECT_NE(difference(now).find("--timeout was 5m, and is 10m"), std::string::npos);
  now = plan();
  now.facts.pop_back();
  EXPECT_NE(difference(now).find("the key was abc, and is not given"), std::string::npos);
  now = plan();
  now.facts.push_back({"--tmp", "1MiB"});
  EXPECT_NE(difference(now).find("--tmp was not given, and is 1MiB"), std::string::npos);
  now = plan();
  now.inputs[1].state = digest('3');
  EXPECT_NE(difference(now).find("the input drops/b has changed"), std::string::npos);
  now = plan();
  now.inputs.erase(now.inputs.begin());
  EXPECT_NE(difference(now).find("the input drops/a is missing"), std::string::npos);
  now = plan();
  now.inputs.pop_back();
  EXPECT_NE(difference(now).find("the input drops/b is missing"), std::string::npos);
  for (const char* name : {"0", "ab", "c"}) {
    now = plan();
    now.inputs.push_back({name, std::string("drops/") + name, digest('4')});
    std::ranges::sort(now.inputs, {}, &PlannedInput::name);
    EXPECT_NE(difference(now).find("the input drops/" + std::string(name) + " was not there"), std::string::npos)
        << name;
  }
  now = plan();
  now.inputs[0].shown = "other/a";
  EXPECT_NE(difference(now).find("the run a had the input drops/a, and has other/a"), std::string::npos);
}

TEST(BatchNames, FollowTheTemplate) {
  const NameFacts facts{.path = "in/2026/report.final.pdf", .number = 7, .count = 1000};
  EXPECT_EQ(name_by("{name}", facts), "report.final.pdf");
  EXPECT_EQ(name_by("{stem}", facts), "report.final");
  EXPECT_EQ(name_by("{n}-{parent}-{stem}.{ext}", facts), "0007-2026-report.final.pdf");
  EXPECT_EQ(name_by("{stem}/{ext}", {.path = ".profile"}), ".profile/");
  EXPECT_EQ(name_by("[{parent}]", {.path = "alone/"}), "[]");
  for (const char* wrong : {"{", "}", "{name", "name}", "{other}", "{}"}) {
    const auto name = name_by(wrong, facts);
    ASSERT_FALSE(name) << wrong;
    EXPECT_EQ(name.error().code, Code::kUsage);
  }
}

TEST(BatchNames, AreSafe) {
  for (const char* good : {"a", "a name", ".hidden", "ä", "x.evidence", "immure-batch2"})
    EXPECT_TRUE(check_run_name(good, "in")) << good;
  const std::string longest(255 - kEvidenceSuffix.size(), 'x');
  EXPECT_TRUE(check_run_name(longest, "in"));
  for (const std::string& wrong :
       {std::string(), std::string("."), std::string(".."), std::string("a/b"), std::string("-rf"), std::string("a\nb"),
        std::string("a\xFF"), std::string("a.evidence.json"), std::string("immure-batch"), longest + "x"})
    EXPECT_FALSE(check_run_name(wrong, "in")) << wrong;
}

TEST(BatchList, HasOnePathInEachLine) {
  EXPECT_EQ(lines_of("a\nb c\n\nd"), (std::vector<std::string>{"a", "b c", "d"}));
  EXPECT_EQ(lines_of(std::string_view("a\nb\0c\0", 6)), (std::vector<std::string>{"a\nb", "c"}));
  EXPECT_TRUE(lines_of("\n").empty());
}

}  // namespace
}  // namespace immure::cli
