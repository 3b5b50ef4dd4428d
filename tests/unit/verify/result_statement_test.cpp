#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "../sample/sample.hpp"
#include "render/text_report.hpp"
#include "verify/result_statement.hpp"

namespace immure::verify {
namespace {

using nlohmann::json;
using test::Desk;
using test::statement_of_a_good_run;

const ResultNotes kNotes{std::string(64, 'c'), "2026-06-09T12:01:00Z", "1.2.3", "dir/e.json"};

json statement_of(const AttestationResult& result, ResultType type) {
  const auto text = result_statement(result, type, kNotes);
  EXPECT_TRUE(text);
  const json parsed = json::parse(text.value_or("null"));
  // json::dump writes sorted keys and no blanks, which is canonical for this text.
  EXPECT_EQ(parsed.dump(), text);
  return parsed;
}

TEST(ResultStatement, OfAcceptedEvidenceIsPassed) {
  const Desk desk;
  const std::string sealed = evidence::seal(statement_of_a_good_run(), desk.key);
  const AttestationResult result = appraise(desk.request(sealed));
  ASSERT_EQ(result.verdict, Verdict::kAccepted);
  const json statement = statement_of(result, ResultType::kSummary);
  EXPECT_EQ(statement["_type"], "https://in-toto.io/Statement/v1");
  EXPECT_EQ(statement["predicateType"], "https://slsa.dev/verification_summary/v1");
  EXPECT_EQ(statement["subject"].size(), 2U);
  EXPECT_EQ(statement["subject"][0]["name"], "a.txt");
  const json& summary = statement["predicate"];
  EXPECT_EQ(summary["verificationResult"], "PASSED");
  EXPECT_EQ(summary["timeVerified"], kNotes.verified_on);
  EXPECT_EQ(summary["resourceUri"], "urn:immure:run:0123456789abcdef0123456789abcdef");
  EXPECT_EQ(summary["verifier"]["id"], "urn:immure:verifier:" + kNotes.key_id);
  EXPECT_EQ(summary["policy"]["digest"]["sha256"], judge::matrix_sha256());
  EXPECT_EQ(summary["inputAttestations"][0]["digest"]["sha256"], file::sha256_hex(sealed));
  EXPECT_EQ(summary["inputAttestations"][0]["name"], "e.json");
  EXPECT_EQ(summary["verifiedLevels"][0], "ACCEPT_T24");
  EXPECT_EQ(summary["verifiedLevels"].size(), result.judgement.rows.size() + result.evidence_rows.size() + 1);
  EXPECT_EQ(summary["verifiedLevels"].back(), "ACCEPT_EDITION_" + std::to_string(judge::present_edition().number));
  const json tests = statement_of(result, ResultType::kTests);
  EXPECT_EQ(tests["predicateType"], "https://in-toto.io/attestation/test-result/v0.1");
  EXPECT_EQ(tests["predicate"]["result"], "PASSED");
  EXPECT_TRUE(tests["predicate"]["failedTests"].empty());
  EXPECT_EQ(tests["predicate"]["passedTests"].back(), "immure/verdict");
}

TEST(ResultStatement, OfAnythingElseIsFailed) {
  const Desk desk;
  evidence::Statement leaking = statement_of_a_good_run();
  leaking.predicate.probes[0].effect = probe::kRead;
  test::chain(leaking.predicate);
  Request stale = desk.request(evidence::seal(statement_of_a_good_run(), desk.key));
  stale.now += 1'000'000;
  for (const AttestationResult& result : {desk.appraise(leaking), appraise(stale)}) {
    ASSERT_NE(result.verdict, Verdict::kAccepted);
    const json summary = statement_of(result, ResultType::kSummary)["predicate"];
    EXPECT_EQ(summary["verificationResult"], "FAILED");
    EXPECT_EQ(summary["verifiedLevels"], json::array({"FAILED"}));
    const json tests = statement_of(result, ResultType::kTests)["predicate"];
    EXPECT_EQ(tests["result"], "FAILED");
    EXPECT_EQ(tests["failedTests"].back(), "immure/verdict");
  }
}

TEST(ResultStatement, OfEvidenceThatNobodyTrustedHasSignedIsAboutItsFile) {
  const Desk desk;
  const std::string sealed = evidence::seal(statement_of_a_good_run(), evidence::PrivateKey::generate());
  const json statement = statement_of(appraise(desk.request(sealed)), ResultType::kSummary);
  const std::string digest = file::sha256_hex(sealed);
  EXPECT_EQ(statement["subject"], json::parse(R"([{"digest":{"sha256":")" + digest + R"("},"name":"e.json"}])"));
  EXPECT_EQ(statement["predicate"]["resourceUri"], "urn:immure:evidence:" + digest);
  EXPECT_EQ(statement["predicate"]["verificationResult"], "FAILED");
}

TEST(ResultStatement, OfWhatWasNotReadIsNone) {
  const Desk desk;
  Request request = desk.request("");
  request.evidence_path = desk.directory / "nowhere";
  EXPECT_FALSE(result_statement(appraise(request), ResultType::kSummary, kNotes));
  EXPECT_FALSE(result_statement(not_appraised({"policy-unusable", "", "", ""}), ResultType::kTests, kNotes));
}

TEST(ResultStatement, NamesThePolicyByItsDigest) {
  const Desk desk;
  Request request = desk.request(evidence::seal(statement_of_a_good_run(), desk.key));
  const std::string text = "version = 1\nvenues = ['native']\n";
  obey(request, *parse_policy(text, "policy.toml"));
  const AttestationResult result = appraise(request);
  EXPECT_EQ(result.verdict, Verdict::kAccepted);
  const json summary = statement_of(result, ResultType::kSummary)["predicate"];
  EXPECT_EQ(summary["policy"]["digest"]["sha256"], file::sha256_hex(text));
  EXPECT_EQ(statement_of(result, ResultType::kTests)["predicate"]["configuration"].size(), 4U);
  EXPECT_EQ(json::parse(render::result_json(result))["policySha256"], file::sha256_hex(text));
}

Policy with_key(const std::string& id, bool attester, bool verifier, std::int64_t until = 1000) {
  Policy policy;
  policy.keys.push_back({.id = id, .attester = attester, .verifier = verifier, .until = until});
  return policy;
}

TEST(ResultKey, OfAnAttesterIsRefusedUnlessThePolicyGivesItBothRoles) {
  EXPECT_TRUE(refused_result_key({}, {"a"}, "a", 0));
  EXPECT_FALSE(refused_result_key({}, {"a"}, "b", 0));
  EXPECT_TRUE(refused_result_key(with_key("a", true, false), {}, "a", 0));
  EXPECT_FALSE(refused_result_key(with_key("a", true, false), {}, "b", 0));
  EXPECT_FALSE(refused_result_key(with_key("a", true, true), {"a"}, "a", 0));
}

TEST(ResultKey, IsOneOfThePolicysVerifiersInItsTime) {
  EXPECT_FALSE(refused_result_key(with_key("v", false, true), {}, "v", 999));
  EXPECT_TRUE(refused_result_key(with_key("v", false, true), {}, "v", 1000));
  EXPECT_TRUE(refused_result_key(with_key("v", false, true), {}, "other", 0));
}

}  // namespace
}  // namespace immure::verify
