/// A verifier judges every stage of a pipeline, and refuses stages that are not one pipeline.
#include <algorithm>
#include <functional>
#include <ostream>

#include <gtest/gtest.h>

#include "../sample/pipeline.hpp"
#include "../sample/sample.hpp"
#include "judge/stages.hpp"
#include "render/html/html.hpp"
#include "render/show.hpp"
#include "render/text_report.hpp"
#include "verify/run_summary.hpp"
#include "verify/verify.hpp"

namespace immure::verify {
namespace {

using evidence::Evidence;
using evidence::Statement;
using test::Desk;

struct Case {
  std::string name;
  Verdict verdict;
  std::string code;
  std::function<void(Statement&)> change;
  std::function<void(Request&)> ask = [](Request&) {};
};

void PrintTo(const Case& given, std::ostream* out) { *out << given.name; }

Evidence& first(Statement& s) { return s.predicate.stages->front(); }
Evidence& second(Statement& s) { return s.predicate.stages->at(1); }

std::vector<Case> cases() {
  constexpr Verdict kR = Verdict::kRejected;
  constexpr Verdict kB = Verdict::kBlocked;
  const std::string contradicts = "stages-contradict";
  const auto nothing = [](Statement&) {};
  return {
      // A stage is missing, doubled, exchanged, or of another run.
      {"FirstStageIsMissing", kR, contradicts,
       [](Statement& s) { s.predicate.stages->erase(s.predicate.stages->begin()); }},
      {"EarlierStagesAreMissing", kR, contradicts, [](Statement& s) { s.predicate.stages.reset(); }},
      {"EarlierStagesAreAnEmptyList", kR, contradicts, [](Statement& s) { s.predicate.stages->clear(); }},
      {"StagesOfARunThatIsNoPipeline", kR, contradicts, [](Statement& s) { s.predicate.stage.reset(); }},
      {"StageIsDoubled", kR, contradicts,
       [](Statement& s) { s.predicate.stages->insert(s.predicate.stages->begin(), first(s)); }},
      {"StagesAreExchanged", kR, contradicts,
       [](Statement& s) { std::swap(s.predicate.stages->at(0), s.predicate.stages->at(1)); }},
      {"StageOfAnotherRun", kR, contradicts,
       [](Statement& s) {
         first(s).run_id[0] = 'f';
         test::chain(first(s));
       }},
      {"StageWithAnotherNonce", kR, contradicts,
       [](Statement& s) {
         first(s).nonce->at(3) = 'z';
         test::chain(first(s));
       }},
      {"StageOfAnotherTime", kR, contradicts, [](Statement& s) { first(s).started_on = "2026-06-09T11:00:00Z"; }},
      {"StageOfAnotherLauncher", kR, contradicts, [](Statement& s) { first(s).launcher.sha256 = test::kDigestB; }},
      {"StageOnAnotherInput", kR, contradicts, [](Statement& s) { first(s).input.manifest_sha256 = test::kDigestB; }},
      {"StageOnAnotherHost", kR, contradicts, [](Statement& s) { first(s).host.kernel = "6.1.0"; }},
      {"StageThatDidNotRun", kR, contradicts, [](Statement& s) { first(s).payload.reset(); }},
      {"SecondStageReadsTheFileOfStdin", kR, contradicts,
       [](Statement& s) {
         second(s).input.standard_input = {
             .name = "f", .sha256 = test::kDigestA, .bytes = 1, .taken = 1, .whole = true};
       }},
      // The two records of a pipe differ.
      {"ReaderGotOtherBytes", kR, contradicts, [](Statement& s) { s.predicate.stage->read->sha256 = test::kDigestA; }},
      {"ReaderGotFewerBytes", kR, contradicts, [](Statement& s) { second(s).stage->read->bytes = 2; }},
      {"ReaderGotMoreBytes", kR, contradicts, [](Statement& s) { second(s).stage->read->bytes = 4; }},
      {"ReaderTookMoreThanItGot", kR, contradicts, [](Statement& s) { second(s).stage->read->taken = 4; }},
      {"WriterHasNoDigest", kR, contradicts, [](Statement& s) { first(s).stage->written->sha256.clear(); }},
      {"WriterHasNoRecord", kR, contradicts, [](Statement& s) { first(s).stage->written.reset(); }},
      {"ReaderHasNoRecord", kR, contradicts, [](Statement& s) { s.predicate.stage->read.reset(); }},
      {"LastStageWrites", kR, contradicts,
       [](Statement& s) { s.predicate.stage->written = {.bytes = 3, .sha256 = test::kDigestA}; }},
      // Two cells share something.
      {"SharedNamespace", kR, "stage-shared",
       [](Statement& s) {
         second(s).inside->namespaces["net"] = first(s).inside->namespaces["net"];
         for (auto& view : second(s).outside) view.namespaces = second(s).inside->namespaces;
       }},
      // A wall of a stage that is not the last.
      {"ProbeLeakedInTheFirstStage", kR, "probe-leaked",
       [](Statement& s) {
         first(s).probes[0].effect = probe::kRead;
         test::chain(first(s));
       }},
      {"NoFilterInTheSecondStage", kR, "seccomp-off", [](Statement& s) { second(s).outside[1].seccomp_mode = 0; }},
      {"NoWitnessInTheSecondStage", kB, "witness-missing", [](Statement& s) { second(s).inside.reset(); }},
      {"FaultOfTheFirstStage", kB, "run-faulted",
       [](Statement& s) {
         first(s).fault = "mount: EPERM";
         for (Evidence* stage : {&first(s), &second(s), static_cast<Evidence*>(&s.predicate)}) {
           stage->payload.reset();
           stage->stage->read.reset();
           stage->stage->written.reset();
         }
       }},
      {"StageThatWasNeverStartedHidesNothing", kR, "probe-leaked", test::block_first_stage},
      {"StandardInputOfTheSecondStageIsNoPipe", kR, "descriptor-held",
       [](Statement& s) { second(s).outside[0].descriptors[0].kind = "null"; }},
      // What the relying party expects, it expects of each stage.
      {"ExitCodeOfTheFirstStage", kR, "exit-unexpected", [](Statement& s) { first(s).payload->exit_code = 1; },
       [](Request& r) { r.expected.exit_codes = {0}; }},
      {"ProgramOfTheFirstStage", kR, "program-unexpected",
       [](Statement& s) { first(s).program.sha256 = test::kDigestB; },
       [](Request& r) { r.expected.programs = {test::kDigestA}; }},
      {"ClaimOfTheFirstStage", kR, "acceptance-not-asked",
       [](Statement& s) { test::give(first(s), probe::kReadBack); }},
      {"NonceOfAnother", kB, "nonce-mismatch", nothing, [](Request& r) { r.nonce = std::string(43, 'A'); }},
  };
}

class RefusedPipeline : public ::testing::TestWithParam<Case> {};

TEST_P(RefusedPipeline, WithItsVerdictAndCode) {
  const Case& given = GetParam();
  const Desk desk;
  Statement statement = test::statement_of_a_good_pipeline();
  given.change(statement);
  Request request = desk.request(evidence::seal(statement, desk.key));
  given.ask(request);
  const AttestationResult result = appraise(request);
  EXPECT_EQ(name(result.verdict), name(given.verdict)) << result.reason;
  EXPECT_EQ(result.code.text(), given.code) << result.reason;
}
INSTANTIATE_TEST_SUITE_P(Pipeline, RefusedPipeline, ::testing::ValuesIn(cases()),
                         [](const auto& each) { return each.param.name; });

TEST(Pipeline, AGoodOneIsAccepted) {
  for (const std::uint32_t stages : {2U, 3U, evidence::kMostStages}) {
    const AttestationResult result = Desk().appraise(test::statement_of_a_good_pipeline(stages));
    EXPECT_EQ(result.verdict, Verdict::kAccepted) << result.reason;
    EXPECT_TRUE(result.judgement.holds());
  }
  EXPECT_EQ(Desk().appraise(test::statement_of_a_good_pipeline(evidence::kMostStages + 1)).code.text(),
            "stages-contradict");
}

TEST(Pipeline, AReaderThatEndedEarlyIsNoContradiction) {
  Statement statement = test::statement_of_a_good_pipeline();
  statement.predicate.stage->read = {.bytes = 1, .sha256 = file::sha256_hex("a"), .taken = 1, .whole = false};
  EXPECT_EQ(Desk().appraise(statement).code.text(), "accepted");
  statement.predicate.stage->read->whole = true;
  EXPECT_EQ(Desk().appraise(statement).code.text(), "stages-contradict");
}

TEST(Pipeline, AClaimOfOneStageIsAClaimOfTheRun) {
  const Desk desk;
  Statement statement = test::statement_of_a_good_pipeline();
  test::give(first(statement), probe::kReadBack);
  Request request = desk.request(evidence::seal(statement, desk.key));
  request.accept = {"work"};
  const AttestationResult result = appraise(request);
  EXPECT_EQ(result.code.text(), "accepted") << result.reason;
  EXPECT_TRUE(result.reason.ends_with("of the acceptance profile work"));
  EXPECT_EQ(std::ranges::count(result.judgement.rows, judge::TestNumber(47), &judge::Row::number), 1);
  EXPECT_EQ(std::ranges::count(result.judgement.rows, judge::TestNumber(29), &judge::Row::number), 0);
}

TEST(Pipeline, AFindingNamesItsStage) {
  Statement statement = test::statement_of_a_good_pipeline();
  second(statement).outside[1].seccomp_mode = 0;
  const AttestationResult result = Desk().appraise(statement);
  ASSERT_TRUE(result.cause);
  EXPECT_TRUE(result.cause->where.starts_with("/stages/1/outside/1/")) << result.cause->where;
}

TEST(Pipeline, TheStatementComesBackAsItWasWritten) {
  const Statement statement = test::statement_of_a_good_pipeline();
  const std::string json = evidence::statement_json(statement);
  const auto read = evidence::parse_statement(json);
  ASSERT_TRUE(read);
  EXPECT_EQ(evidence::statement_json(*read), json);
  // A run without a pipeline has neither member.
  const std::string alone = evidence::statement_json(test::statement_of_a_good_run());
  EXPECT_EQ(alone.find(R"("stage":)"), std::string::npos);
  EXPECT_EQ(alone.find(R"("stages":)"), std::string::npos);
}

TEST(Pipeline, StagesHaveNoStages) {
  std::string json = evidence::statement_json(test::statement_of_a_good_pipeline());
  const std::string_view place = R"("stage":{"number":1,"of":3,)";
  const std::size_t at = json.find(R"("startedOn")", json.find(place));
  ASSERT_NE(at, std::string::npos);
  json.insert(at, R"("stages":[],)");
  EXPECT_FALSE(evidence::parse_statement(json));
}

TEST(Pipeline, ReportsShowEachStage) {
  Statement statement = test::statement_of_a_good_pipeline();
  second(statement).payload->argv = {"/usr/bin/grep", "x"};
  second(statement).payload->exit_code = 1;
  const AttestationResult result = Desk().appraise(statement);
  const std::string shown = render::shown_text(statement, {}, 1000);
  EXPECT_NE(shown.find("stage 2 of 3: /usr/bin/grep x"), std::string::npos) << shown;
  EXPECT_NE(shown.find("read 3 bytes"), std::string::npos);
  const std::string page = render::result_html(result, {}, std::nullopt);
  EXPECT_NE(page.find("The pipeline"), std::string::npos);
  EXPECT_NE(page.find("stage 2: exit code 1"), std::string::npos);
  std::string json;
  text::JsonWriter writer(json);
  write_run(writer, statement);
  EXPECT_NE(json.find(R"("stages":[{"argv")"), std::string::npos) << json;
}

}  // namespace
}  // namespace immure::verify
