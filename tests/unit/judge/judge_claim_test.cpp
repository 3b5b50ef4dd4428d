/// What a run claims: the acceptance profiles, and the tests that replace the packet's tests.
#include <algorithm>

#include <gtest/gtest.h>

#include "../sample/sample.hpp"
#include "judge/claim.hpp"
#include "render/formats.hpp"
#include "render/text_report.hpp"

namespace immure::judge {
namespace {

constexpr probe::Gifts kAllOfWork = probe::kScratch | probe::kReadBack | probe::kSocketPairs;
constexpr probe::Gifts kAll = kAllOfWork | probe::kHelpers;

evidence::Evidence given(probe::Gifts gifts) {
  evidence::Evidence evidence = test::evidence_of_a_good_run();
  test::give(evidence, gifts);
  return evidence;
}

const Row& row_in(const Judgement& judgement, SandboxTest place) { return judgement.rows[place.index()]; }

std::string_view code_in(const evidence::Evidence& evidence, SandboxTest place) {
  const Judgement judgement = judge(evidence, Moment::kFinal, Record::kOpen);
  const Row& row = row_in(judgement, place);
  return row.findings.empty() ? "holds" : row.findings.front().code.text();
}

evidence::ProbeRecord& record_in(evidence::Evidence& evidence, std::string_view id) {
  return *std::ranges::find(evidence.probes, id, &evidence::ProbeRecord::id);
}

TEST(Claim, EachKindOfWorkHolds) {
  for (int gifts = 1; gifts <= kAll; ++gifts) {
    const evidence::Evidence evidence = given(static_cast<probe::Gifts>(gifts));
    const Judgement judgement = judge(evidence, Moment::kFinal);
    ASSERT_TRUE(judgement.holds()) << gifts << ": #" << judgement.first_failing()->number << " "
                                   << judgement.first_failing()->findings.front().where << " expected "
                                   << judgement.first_failing()->expected << ", observed "
                                   << judgement.first_failing()->observed;
    const bool reads = (gifts & (probe::kScratch | probe::kReadBack)) != 0;
    EXPECT_EQ(row_in(judgement, 29).number, reads ? 47 : 29);
    EXPECT_EQ(row_in(judgement, 25).number, (gifts & probe::kSocketPairs) != 0 ? 48 : 25);
    EXPECT_EQ(row_in(judgement, 33).number, (gifts & probe::kHelpers) != 0 ? 46 : 33);
    EXPECT_EQ(claim_of(evidence).profile, (gifts & probe::kHelpers) != 0 ? "build" : "work");
    EXPECT_EQ(row_in(judgement, 28).number, 28);
  }
}

TEST(Claim, EvidenceWithoutAClaimClaimsThePacket) {
  const evidence::Evidence evidence = test::evidence_of_a_good_run();
  EXPECT_EQ(claim_of(evidence).profile, "packet");
  EXPECT_TRUE(claim_of(evidence).known);
  EXPECT_EQ(row_in(judge(evidence, Moment::kFinal), 29).number, 29);
}

// If a cell gives more than its evidence claims, the judge refuses it and names the number of the packet's test.
TEST(Claim, WhatIsGivenMustBeClaimed) {
  for (const auto& [gift, place] : {std::pair(probe::kScratch, SandboxTest(29)),
                                    {probe::kReadBack, SandboxTest(29)},
                                    {probe::kSocketPairs, SandboxTest(25)},
                                    {probe::kHelpers, SandboxTest(33)}}) {
    evidence::Evidence evidence = given(gift);
    evidence.acceptance.reset();
    const Judgement judgement = judge(evidence, Moment::kFinal, Record::kOpen);
    EXPECT_EQ(row_in(judgement, place).outcome, Outcome::kDoesNotHold) << int{gift};
    EXPECT_EQ(row_in(judgement, place).number, int{place});
  }
}

// If a cell gives less than its evidence claims, the evidence proves nothing about the claim.
TEST(Claim, WhatIsClaimedMustBeGiven) {
  for (const auto& [gift, place] : {std::pair(probe::kScratch, SandboxTest(29)),
                                    {probe::kReadBack, SandboxTest(29)},
                                    {probe::kSocketPairs, SandboxTest(25)},
                                    {probe::kHelpers, SandboxTest(33)}}) {
    evidence::Evidence evidence = test::evidence_of_a_good_run();
    evidence.acceptance = given(gift).acceptance;
    EXPECT_NE(code_in(evidence, place), "holds") << int{gift};
  }
}

TEST(Claim, AProfileThatIsNotKnownProvesNothing) {
  for (const std::string_view profile : {"", "build", "Work", "packet"}) {
    evidence::Evidence evidence = given(probe::kReadBack);
    evidence.acceptance->profile = profile;
    for (const SandboxTest test : SandboxTest::all())
      EXPECT_EQ(code_in(evidence, test), "acceptance-unknown") << profile;
  }
  evidence::Evidence nothing = test::evidence_of_a_good_run();
  nothing.acceptance = evidence::Acceptance{.profile = "work"};
  EXPECT_EQ(code_in(nothing, 24), "acceptance-unknown") << "work that gives nothing is the packet";
  evidence::Evidence stated = test::evidence_of_a_good_run();
  stated.acceptance = evidence::Acceptance{.profile = "packet"};
  EXPECT_TRUE(judge(stated, Moment::kFinal).holds());
}

TEST(Claim, NoEarlierEditionKnowsAny) {
  const auto known = editions(sys::Machine::kX86_64);
  const auto earlier = [&](int number) {
    return test::evidence_of_a_good_run(*std::ranges::find(known, number, &Edition::number));
  };
  evidence::Evidence evidence = earlier(kClaimsSince - 1);
  evidence.acceptance = with_profile({.helpers = {}, .profile = {}, .read_back = true});
  EXPECT_EQ(code_in(evidence, 24), "acceptance-unknown");
  evidence::Evidence helpers = earlier(kHelpersSince - 1);
  helpers.acceptance = given(probe::kHelpers).acceptance;
  EXPECT_EQ(code_in(helpers, 24), "acceptance-unknown");
}

TEST(Claim, AListOfHelpersNamesFilesOrTheWholeImage) {
  const auto with = [](std::vector<evidence::Artifact> files, bool whole) {
    evidence::Evidence evidence = given(probe::kHelpers);
    evidence.acceptance->helpers = evidence::Helpers{.files = std::move(files), .whole_image = whole};
    return code_in(evidence, 24);
  };
  const std::string digest(64, 'a');
  EXPECT_EQ(with({{"/usr/bin/a", digest}}, false), "holds");
  EXPECT_EQ(with({}, true), "holds");
  EXPECT_EQ(with({}, false), "acceptance-unknown");
  EXPECT_EQ(with({{"/usr/bin/a", digest}}, true), "acceptance-unknown");
  EXPECT_EQ(with({{"a", digest}}, false), "acceptance-unknown");
  EXPECT_EQ(with({{"/usr/bin/", digest}}, false), "acceptance-unknown");
}

// In a cell with helpers a declared file passes, and nothing else does.
TEST(Claim, HelpersAreRefusedIfAnotherFileCanBeExecuted) {
  for (const std::string_view id : {"exec/undeclared-file", "exec/undeclared-interpreter", "exec/undeclared-programs",
                                    "exec/input-files", "exec/output-file", "exec/scratch-file", "exec/descriptor-path",
                                    "exec/change-declared", "exec/execveat", "exec/payload-descriptor", "exec/memfd"}) {
    evidence::Evidence evidence = given(probe::kHelpers);
    record_in(evidence, id).ret = 0;
    record_in(evidence, id).errno_value = 0;
    EXPECT_NE(code_in(evidence, 33), "holds") << id;
  }
  evidence::Evidence none = given(probe::kHelpers);
  record_in(none, "exec/declared-file").errno_value = EACCES;
  EXPECT_EQ(code_in(none, 33), "probe-weak");
}

TEST(Claim, SomethingThatLayThereBeforeIsFoundByBothWitnesses) {
  evidence::Evidence inside = given(probe::kScratch);
  auto& listed = record_in(inside, "output/scratch-born-empty");
  listed.ret = -1;
  listed.errno_value = EEXIST;
  EXPECT_EQ(code_in(inside, 29), "probe-weak");
  for (const probe::Gifts gifts : {probe::kScratch, probe::kReadBack}) {
    evidence::Evidence outside = given(gifts);
    outside.outside[1].output->entries.emplace_back("left: file");
    EXPECT_EQ(code_in(outside, 29), "output-foreign");
  }
  evidence::Evidence missing = given(probe::kScratch);
  missing.outside[0].output->entries.clear();
  EXPECT_EQ(code_in(missing, 29), "scratch-missing");
  evidence::Evidence unseen = given(probe::kReadBack);
  unseen.outside[0].output.reset();
  EXPECT_EQ(code_in(unseen, 29), "output-unseen");
  evidence::Evidence shared = given(probe::kReadBack);
  shared.outside[0].output->mounts_elsewhere = 1;
  EXPECT_EQ(code_in(shared, 29), "output-shared");
}

TEST(Claim, TheGiftMustBeSeenToWork) {
  for (const auto& [gift, id, place] : {std::tuple(probe::kScratch, "output/scratch-read-back", SandboxTest(29)),
                                        {probe::kReadBack, "output/read-back", SandboxTest(29)},
                                        {probe::kSocketPairs, "network/socketpair-stream", SandboxTest(25)}}) {
    evidence::Evidence evidence = given(gift);
    record_in(evidence, id).effect = probe::kWritten;
    EXPECT_EQ(code_in(evidence, place), "probe-weak") << id;
  }
}

TEST(Claim, WhatAGiftMustNotGiveIsDenied) {
  struct Leak {
    probe::Gifts gifts;
    std::string_view id;
    SandboxTest place;
  };
  for (const Leak& leak : {Leak{probe::kScratch, "output/scratch-move-in", 29},
                           {probe::kScratch, "output/scratch-move-out", 29},
                           {probe::kScratch, "output/scratch-map-executable", 29},
                           {probe::kScratch, "output/scratch-mkfifo", 29},
                           {probe::kScratch, "output/read", 29},
                           {probe::kReadBack, "output/read", 29},
                           {probe::kReadBack, "output/map-executable", 29},
                           {probe::kReadBack, "output/mkfifo", 29},
                           {probe::kReadBack, "output/scratch-read-back", 29},
                           {probe::kSocketPairs, "network/socketpair-seqpacket", 25},
                           {probe::kSocketPairs, "network/connect", 25},
                           {kAll, "network/sendto-name", 25}}) {
    evidence::Evidence evidence = given(leak.gifts);
    auto& record = record_in(evidence, leak.id);
    record.ret = 0;
    record.errno_value = 0;
    if (record.attribution) record.attribution = 0;
    const Judgement judgement = judge(evidence, Moment::kFinal, Record::kOpen);
    EXPECT_EQ(row_in(judgement, leak.place).outcome, Outcome::kDoesNotHold) << leak.id;
  }
}

TEST(Claim, TheLimitOfTheScratchIsDemanded) {
  evidence::Evidence missing = given(probe::kScratch);
  std::erase_if(missing.limits, [](const evidence::Enforcement& limit) { return limit.name == "scratch-bytes"; });
  EXPECT_EQ(code_in(missing, 37), "limit-missing");
  evidence::Evidence other = given(probe::kScratch);
  std::ranges::find(other.limits, "scratch-bytes", &evidence::Enforcement::name)->value = 1 << 30;
  EXPECT_EQ(code_in(other, 37), "limit-differs");
}

// ---- the verifier ----

verify::AttestationResult appraised(probe::Gifts gifts, std::vector<std::string> accept, std::string_view policy = {}) {
  static const test::Desk desk;
  evidence::Statement statement = test::statement_of_a_good_run();
  if (gifts != probe::kNothing) test::give(statement.predicate, gifts);
  verify::Request request = desk.request(evidence::seal(statement, desk.key));
  request.accept = std::move(accept);
  if (!policy.empty()) verify::obey(request, *verify::parse_policy(policy, "policy.toml"));
  return verify::appraise(request);
}

TEST(Claim, IsAcceptedOnlyByWhoAskedForIt) {
  const verify::AttestationResult unasked = appraised(probe::kReadBack, {});
  EXPECT_EQ(unasked.verdict, verify::Verdict::kRejected);
  EXPECT_EQ(unasked.code.text(), "acceptance-not-asked");
  EXPECT_NE(unasked.reason.find("the program can read what it wrote to /out"), std::string::npos) << unasked.reason;
  EXPECT_NE(unasked.reason.find("--accept work"), std::string::npos) << unasked.reason;
  EXPECT_TRUE(unasked.judgement.holds()) << "and what it does say is judged all the same";
  EXPECT_EQ(appraised(probe::kReadBack, {"packet"}).code.text(), "acceptance-not-asked");
  const verify::AttestationResult asked = appraised(probe::kReadBack, {"work"});
  EXPECT_EQ(asked.verdict, verify::Verdict::kAccepted);
  EXPECT_NE(asked.reason.find("of the acceptance profile work"), std::string::npos) << asked.reason;
}

TEST(Claim, ThePacketIsAcceptedWhateverElseIs) {
  for (const std::vector<std::string>& accept : {std::vector<std::string>{}, {"packet"}, {"work"}}) {
    const verify::AttestationResult result = appraised(probe::kNothing, accept);
    EXPECT_EQ(result.verdict, verify::Verdict::kAccepted);
    EXPECT_EQ(result.reason, "authentic, complete, and every required test holds");
  }
}

TEST(Claim, APolicyCanAcceptIt) {
  EXPECT_EQ(appraised(kAllOfWork, {}, "version = 1").code.text(), "acceptance-not-asked");
  EXPECT_EQ(appraised(kAllOfWork, {}, "version = 1\naccept = [\"work\"]").code.text(), "accepted");
  EXPECT_EQ(appraised(kAllOfWork, {}, "version = 1\naccept = [\"work\"]\ntests = [29]").code.text(), "policy-test");
  EXPECT_EQ(appraised(kAllOfWork, {}, "version = 1\naccept = [\"work\"]\ntests = [47, 48]").code.text(), "accepted");
  EXPECT_EQ(appraised(kAll, {"work"}).code.text(), "acceptance-not-asked");
  EXPECT_EQ(appraised(kAll, {"build"}).reason,
            "authentic, complete, and every required test holds of the acceptance profile build");
  EXPECT_EQ(appraised(kAll, {}, "version = 1\naccept = [\"build\"]\ntests = [46, 47, 48]").code.text(), "accepted");
  EXPECT_EQ(appraised(kAll, {}, "version = 1\naccept = [\"build\"]\ntests = [33]").code.text(), "policy-test");
  EXPECT_EQ(appraised(kAll, {"build"}, "version = 1\nunsafe = []").code.text(), "policy-unsafe");
  for (const std::string_view text :
       {"accept = []", "accept = [\"Build\"]", "accept = \"work\"", "tests = [45]", "tests = [4294967343]"})
    EXPECT_FALSE(verify::parse_policy("version = 1\n" + std::string(text), "policy.toml")) << text;
}

TEST(Claim, EachFormatShowsTheAcceptanceProfile) {
  const verify::AttestationResult result = appraised(probe::kScratch, {"work"});
  EXPECT_NE(render::result_text(result, {}).find("acceptance profile: work"), std::string::npos);
  EXPECT_TRUE(render::result_json(result).starts_with(R"({"acceptance":"work",)"));
  EXPECT_NE(render::result_junit(result).find(R"(name="acceptance" value="work")"), std::string::npos);
  EXPECT_NE(render::result_sarif(result, "e.json").find(R"("acceptance":"work")"), std::string::npos);
  EXPECT_NE(render::result_markdown(result).find("Acceptance profile: work"), std::string::npos);
  const verify::AttestationResult build = appraised(probe::kHelpers, {"build"});
  EXPECT_TRUE(render::result_json(build).starts_with(R"({"acceptance":"build",)"));
  EXPECT_NE(render::result_junit(build).find(R"(name="acceptance" value="build")"), std::string::npos);
  EXPECT_NE(render::result_sarif(build, "e.json").find(R"("acceptance":"build")"), std::string::npos);
  EXPECT_NE(render::result_markdown(build).find("Acceptance profile: build"), std::string::npos);
  const verify::AttestationResult packet = appraised(probe::kNothing, {});
  EXPECT_NE(render::result_text(packet, {}).find("acceptance profile: packet"), std::string::npos);
}

}  // namespace
}  // namespace immure::judge
