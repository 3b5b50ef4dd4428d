/// Editions of the catalogue: a released edition never changes, so no change can silently demand less of a run.
#include <algorithm>

#include <gtest/gtest.h>

#include "../sample/sample.hpp"
#include "file/sha256.hpp"
#include "judge/edition.hpp"
#include "render/text_report.hpp"
#include "verify/result_statement.hpp"

namespace immure::judge {
namespace {

const Edition& earlier() { return editions(sys::Machine::kX86_64).front(); }

TEST(Editions, AreNumberedFromOneAndNeverChange) {
  for (const sys::Machine machine : sys::kMachines) {
    int number = editions(machine).front().number;
    for (const Edition& edition : editions(machine)) {
      EXPECT_EQ(edition.machine, machine);
      EXPECT_EQ(edition.number, number++);
      // If a released edition fails here, a developer changed it: undo the change, and put the change into the next
      // edition. For an edition that is not released yet, write its new digest into src/judge/edition.cpp.
      EXPECT_EQ(edition.catalogue, file::sha256_hex(catalogue_text(edition)))
          << "edition " << edition.number << " of " << sys::name(machine);
    }
    EXPECT_EQ(present_edition(machine).matrix, matrix_sha256()) << "the same for the matrix";
    EXPECT_EQ(rows_of(present_edition(machine)).size(), probe::catalogue(machine).size());
  }
  EXPECT_EQ(editions(sys::Machine::kX86_64).front().number, 1);
}

TEST(Editions, EachRowBelongsToOne) {
  for (const sys::Machine machine : sys::kMachines)
    for (const probe::Row& row : probe::rows_of_all_editions(machine)) {
      EXPECT_TRUE(row.edition >= 1 && row.edition <= present_edition().number) << row.id;
      EXPECT_TRUE(row.until == 0 || (row.until >= row.edition && row.until < present_edition().number)) << row.id;
    }
  EXPECT_EQ(rows_of(earlier()).size(), 232U);
}

TEST(Editions, NoEditionHasTwoRowsWithOneId) {
  for (const sys::Machine machine : sys::kMachines)
    for (const Edition& edition : editions(machine)) {
      std::vector<std::string_view> ids;
      for (const probe::Row* row : rows_of(edition)) ids.push_back(row->id);
      std::ranges::sort(ids);
      EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end()) << "edition " << edition.number;
    }
}

TEST(Editions, AnEarlierEditionIsAcceptedOnlyOnRequest) {
  const test::Desk desk;
  verify::Request request = desk.request(evidence::seal(test::statement_of_a_good_run(earlier()), desk.key));
  const verify::AttestationResult refused = verify::appraise(request);
  EXPECT_EQ(refused.verdict, verify::Verdict::kBlocked);
  EXPECT_EQ(refused.code.text(), "edition-older");
  EXPECT_TRUE(refused.judgement.holds()) << "and what it does say is judged all the same";
  request.oldest_edition = earlier().number;
  EXPECT_EQ(verify::appraise(request).verdict, verify::Verdict::kAccepted);
}

TEST(Editions, AnAcceptanceByAnEarlierOneSaysSoEverywhere) {
  const test::Desk desk;
  verify::Request request = desk.request(evidence::seal(test::statement_of_a_good_run(earlier()), desk.key));
  request.oldest_edition = earlier().number;
  const verify::AttestationResult result = verify::appraise(request);
  const std::string words = "by edition 1 of " + std::to_string(present_edition().number);
  EXPECT_NE(result.reason.find(words), std::string::npos) << result.reason;
  EXPECT_TRUE(std::ranges::any_of(result.not_proved, [](const std::string& sentence) {
    const std::size_t younger = rows_since(earlier());
    return sentence.starts_with("The answers to " + std::to_string(younger) + " newer probes: the run used edition 1");
  }));
  EXPECT_NE(render::result_json(result).find(R"("edition":1,)"), std::string::npos);
  const verify::ResultNotes notes{test::kDigestA, "2026-06-09T12:01:00Z", "0", "evidence.json"};
  EXPECT_NE(verify::result_statement(result, verify::ResultType::kSummary, notes)->find("\"ACCEPT_EDITION_1\""),
            std::string::npos);
  EXPECT_NE(verify::result_statement(result, verify::ResultType::kTests, notes)->find("urn:immure:probe-catalogue:1"),
            std::string::npos);
}

TEST(Editions, NoMessageMentionsThePresentEdition) {
  const test::Desk desk;
  const verify::AttestationResult result = desk.appraise(test::statement_of_a_good_run());
  EXPECT_EQ(result.reason.find("edition"), std::string::npos);
}

TEST(Editions, ALeakUnderAnEarlierOneIsALeak) {
  const test::Desk desk;
  evidence::Statement statement = test::statement_of_a_good_run(earlier());
  statement.predicate.probes[0].effect = probe::kRead;
  test::chain(statement.predicate);
  EXPECT_EQ(desk.appraise(statement).code.text(), "probe-leaked");
}

TEST(Editions, OfPolicyAndRequestTheLaterCounts) {
  const test::Desk desk;
  const std::string sealed = evidence::seal(test::statement_of_a_good_run(earlier()), desk.key);
  const auto code = [&](std::string_view policy, int asked) {
    verify::Request request = desk.request(sealed);
    request.oldest_edition = asked;
    verify::obey(request, *verify::parse_policy(policy, "policy.toml"));
    return verify::appraise(request).code.text();
  };
  EXPECT_EQ(code("version = 1", 0), "edition-older");
  EXPECT_EQ(code("version = 1", 1), "accepted");
  EXPECT_EQ(code("version = 1\noldest_edition = 1", 0), "accepted");
  EXPECT_EQ(code("version = 1\noldest_edition = 1", 2), "edition-older");
  EXPECT_EQ(code("version = 1\noldest_edition = 2", 1), "edition-older");
}

TEST(Editions, APolicyNamesOnlyThoseThatAreKnown) {
  const std::string next = std::to_string(present_edition().number + 1);
  for (const std::string& text :
       {std::string("0"), next, std::string("-1"), std::string("\"1\""), std::string("[1]"), std::string("1.0")})
    EXPECT_FALSE(verify::parse_policy("version = 1\noldest_edition = " + text, "policy.toml")) << text;
}

}  // namespace
}  // namespace immure::judge
