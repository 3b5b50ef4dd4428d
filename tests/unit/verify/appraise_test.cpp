#include <filesystem>
#include <functional>
#include <ostream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "../sample/sample.hpp"
#include "render/text_report.hpp"
#include "verify/verify.hpp"

namespace immure::verify {
namespace {

using evidence::Evidence;
using evidence::Statement;
using test::Desk;
using test::statement_of_a_good_run;

/// A good run with one defect, signed with the right key, and the result that the run must get.
struct Case {
  std::string name;
  Verdict verdict;
  std::string code;
  std::function<void(Statement&)> change;
  std::function<void(Request&)> ask = [](Request&) {};
};

void PrintTo(const Case& given, std::ostream* out) { *out << given.name; }

const std::vector<Case>& cases() {
  constexpr Verdict kR = Verdict::kRejected;
  constexpr Verdict kB = Verdict::kBlocked;
  const auto nothing = [](Statement&) {};
  static const std::vector<Case> kCases{
      {"nonce_wrong_fail", kB, "nonce-mismatch",
       [](Statement& s) { s.predicate.nonce->at(3) = 'z', test::chain(s.predicate); }},
      {"nonce_absent_fail", kB, "nonce-missing",
       [](Statement& s) { s.predicate.nonce.reset(), test::chain(s.predicate); }},
      {"nonce_short_fail", kB, "nonce-malformed",
       [](Statement& s) { s.predicate.nonce = "AAEC", test::chain(s.predicate); }},
      {"nonce_asked_for_short_fail", kB, "nonce-request", nothing, [](Request& r) { r.nonce = "AAEC"; }},
      {"replay_of_another_challenge_fail", kB, "nonce-mismatch", nothing,
       [](Request& r) { r.nonce = std::string(43, 'A'); }},
      {"audience_other_fail", kB, "audience-mismatch", nothing, [](Request& r) { r.audience = "someone@example.org"; }},
      {"audience_absent_fail", kB, "audience-mismatch", [](Statement& s) { s.predicate.audience.reset(); }},
      {"stale_fail", kB, "evidence-stale", nothing, [](Request& r) { r.now += 4000; }},
      {"future_fail", kB, "evidence-future", nothing, [](Request& r) { r.now -= 4000; }},
      {"finish_before_start_fail", kB, "time-order",
       [](Statement& s) { s.predicate.finished_on = "2026-06-09T11:59:59Z"; }},
      {"thirtieth_of_february_fail", kB, "time-malformed",
       [](Statement& s) { s.predicate.started_on = "2026-02-30T00:00:00Z"; }},
      {"matrix_other_fail", kB, "matrix-mismatch", [](Statement& s) { s.predicate.matrix.sha256 = test::kDigestA; }},
      {"input_without_digest_fail", kB, "input-unbound",
       [](Statement& s) { s.predicate.input.manifest_sha256.clear(); }},
      {"probe_leaked_fail", kR, "probe-leaked",
       [](Statement& s) {
         s.predicate.probes[0].effect = probe::kRead;
         test::chain(s.predicate);
       }},
      {"probe_missing_fail", kB, "probes-inconsistent",
       [](Statement& s) { s.predicate.probes.pop_back(), test::chain(s.predicate); }},
      {"no_probe_fail", kB, "probes-missing",
       [](Statement& s) { s.predicate.probes.clear(), test::chain(s.predicate); }},
      {"chain_off_fail", kB, "transcript-head", [](Statement& s) { s.predicate.transcript.head = test::kDigestB; }},
      {"run_of_another_id_fail", kB, "transcript-head", [](Statement& s) { s.predicate.run_id[5] = '0'; }},
      {"inside_missing_fail", kB, "witness-missing", [](Statement& s) { s.predicate.inside.reset(); }},
      {"outside_missing_fail", kB, "witness-missing", [](Statement& s) { s.predicate.outside.clear(); }},
      {"exec_look_missing_fail", kB, "witness-missing", [](Statement& s) { s.predicate.outside.pop_back(); }},
      {"mounts_disagree_fail", kR, "witness-disagrees",
       [](Statement& s) { s.predicate.outside[0].mounts[0].type = "tmpfs"; }},
      {"over_mount_fail", kR, "mount-doubled",
       [](Statement& s) {
         for (auto& look : s.predicate.outside) look.mounts.insert(look.mounts.begin() + 1, look.mounts[1]);
         s.predicate.inside->mounts.insert(s.predicate.inside->mounts.begin() + 1, s.predicate.inside->mounts[1]);
       }},
      {"seccomp_off_fail", kR, "seccomp-off", [](Statement& s) { s.predicate.outside[1].seccomp_mode = 0; }},
      {"image_changed_fail", kR, "image-changed",
       [](Statement& s) { s.predicate.image_state->stat_after = test::kDigestA; }},
      {"input_changed_fail", kR, "input-changed", [](Statement& s) { s.predicate.input.stat_after = test::kDigestA; }},
      {"faulted_run_fail", kB, "run-faulted",
       [](Statement& s) {
         s.predicate.fault = "pivot_root: EINVAL";
         s.predicate.payload.reset();
       }},
      {"fault_beside_a_payload_fail", kB, "run-faulted", [](Statement& s) { s.predicate.fault = "gate: EPERM"; }},
      {"payload_never_started_fail", kB, "payload-not-run",
       [](Statement& s) {
         s.predicate.payload.reset();
         s.predicate.outside.pop_back();
         s.predicate.input.stat_after.clear();
       }},
      {"payload_stopped_at_exec_fail", kB, "payload-not-run", [](Statement& s) { s.predicate.payload.reset(); }},
      {"refused_run_with_a_leak_fail", kR, "probe-leaked",
       [](Statement& s) {
         s.predicate.payload.reset();
         s.predicate.outside.pop_back();
         s.predicate.input.stat_after.clear();
         s.predicate.probes[0].effect = probe::kRead;
         test::chain(s.predicate);
       }},
      {"exit_and_signal_fail", kB, "payload-contradicts", [](Statement& s) { s.predicate.payload->signal = 9; }},
      {"neither_exit_nor_signal_fail", kB, "payload-contradicts",
       [](Statement& s) { s.predicate.payload->exit_code.reset(); }},
      {"exit_code_of_no_process_fail", kB, "payload-contradicts",
       [](Statement& s) { s.predicate.payload->exit_code = 256; }},
      {"no_arguments_fail", kB, "payload-contradicts", [](Statement& s) { s.predicate.payload->argv.clear(); }},
  };
  return kCases;
}

class Refused : public ::testing::TestWithParam<Case> {};

TEST_P(Refused, WithItsVerdictAndCode) {
  const Desk desk;
  Statement statement = statement_of_a_good_run();
  GetParam().change(statement);
  Request request = desk.request(evidence::seal(statement, desk.key));
  GetParam().ask(request);
  const AttestationResult result = appraise(request);
  EXPECT_EQ(name(result.verdict), name(GetParam().verdict));
  EXPECT_EQ(result.code.text(), GetParam().code) << result.reason;
  EXPECT_EQ(result.judgement.rows.size(), 14U);
  EXPECT_FALSE(result.key_id.empty());
}

INSTANTIATE_TEST_SUITE_P(Appraise, Refused, ::testing::ValuesIn(cases()),
                         [](const auto& given) { return given.param.name; });

TEST(Appraise, AGoodRunIsAccepted) {
  const Desk desk;
  const AttestationResult result = desk.appraise(statement_of_a_good_run());
  EXPECT_EQ(result.verdict, Verdict::kAccepted) << result.reason;
  EXPECT_EQ(result.code.text(), "accepted");
  EXPECT_EQ(result.key_id, desk.key.public_key().key_id());
  ASSERT_TRUE(result.statement);
  for (const judge::Row& row : result.evidence_rows) EXPECT_EQ(row.outcome, judge::Outcome::kHolds) << row.number;
}

TEST(Appraise, APayloadThatEndedBySignalIsStillARunBehindItsWalls) {
  const Desk desk;
  Statement statement = statement_of_a_good_run();
  statement.predicate.payload->exit_code.reset();
  statement.predicate.payload->signal = 11;
  EXPECT_EQ(desk.appraise(statement).verdict, Verdict::kAccepted);
}

TEST(Appraise, WithoutANonceItIsAcceptedAndSaysWhatThatLeavesOpen) {
  const Desk desk;
  Request request = desk.request(evidence::seal(statement_of_a_good_run(), desk.key));
  const std::size_t before = appraise(request).not_proved.size();
  request.nonce.reset();
  request.audience.reset();
  request.max_age_s = 0;
  request.now += 100'000'000;
  const AttestationResult result = appraise(request);
  EXPECT_EQ(result.verdict, Verdict::kAccepted);
  EXPECT_EQ(result.not_proved.size(), before + 3);
}

TEST(Appraise, WideningKeysAreNamedAmongWhatIsNotProved) {
  const Desk desk;
  Statement statement = statement_of_a_good_run();
  statement.predicate.unsafe = {"unsafe_writable_code"};
  const AttestationResult result = desk.appraise(statement);
  EXPECT_EQ(result.verdict, Verdict::kAccepted);
  EXPECT_NE(render::result_text(result, {.width = 1000}).find("unsafe_writable_code"), std::string::npos);
}

TEST(Appraise, AnotherKeyIsRefusedAndNothingOfTheStatementIsUsed) {
  const Desk desk;
  const evidence::PrivateKey stranger = evidence::PrivateKey::generate();
  const AttestationResult result = appraise(desk.request(evidence::seal(statement_of_a_good_run(), stranger)));
  EXPECT_EQ(result.verdict, Verdict::kBlocked);
  EXPECT_EQ(result.code.text(), "signature-invalid");
  EXPECT_FALSE(result.statement);
  EXPECT_TRUE(result.key_id.empty());
}

TEST(Appraise, AnyOfSeveralTrustedKeysWillDo) {
  const Desk desk;
  Request request = desk.request(evidence::seal(statement_of_a_good_run(), desk.key));
  request.key_paths.insert(request.key_paths.begin(),
                           desk.directory.write("other.pub", evidence::PrivateKey::generate().public_key().pem()));
  EXPECT_EQ(appraise(request).verdict, Verdict::kAccepted);
}

TEST(Appraise, MissingFilesAndKeysAreBlocked) {
  const Desk desk;
  const std::string sealed = evidence::seal(statement_of_a_good_run(), desk.key);
  Request request = desk.request(sealed);
  request.evidence_path = desk.directory / "nowhere";
  EXPECT_EQ(appraise(request).code.text(), "evidence-unreadable");
  request = desk.request(sealed);
  request.key_paths = {(desk.directory / "nowhere")};
  EXPECT_EQ(appraise(request).code.text(), "key-unusable");
  request.key_paths.clear();
  EXPECT_EQ(appraise(request).code.text(), "key-missing");
  request = desk.request(sealed);
  std::filesystem::create_symlink(request.evidence_path, desk.directory / "link");
  request.evidence_path = desk.directory / "link";
  EXPECT_EQ(appraise(request).code.text(), "evidence-unreadable");
  EXPECT_EQ(appraise(request).verdict, Verdict::kBlocked);
}

TEST(Appraise, SameEvidenceGivesTheSameResult) {
  const Desk desk;
  const Request request = desk.request(evidence::seal(statement_of_a_good_run(), desk.key));
  EXPECT_EQ(render::result_json(appraise(request)), render::result_json(appraise(request)));
}

/// A request with the outputs that were signed.
Request with_outputs(const Desk& desk, const Statement& statement) {
  desk.directory.write("out/a.txt", "abc");
  desk.directory.write("out/sub/empty", "");
  Request request = desk.request(evidence::seal(statement, desk.key));
  request.artifacts_dir = desk.directory / "out";
  return request;
}

TEST(Artifacts, AsSignedAreAccepted) {
  const Desk desk;
  const AttestationResult result = appraise(with_outputs(desk, statement_of_a_good_run()));
  EXPECT_EQ(result.verdict, Verdict::kAccepted) << result.reason;
  EXPECT_EQ(result.evidence_rows.back().number, 44);
}

TEST(Artifacts, AnArtifactThatDiffersIsRejected) {
  const Desk desk;
  const Request request = with_outputs(desk, statement_of_a_good_run());
  desk.directory.write("out/a.txt", "abd");
  const AttestationResult result = appraise(request);
  EXPECT_EQ(result.verdict, Verdict::kRejected);
  EXPECT_EQ(result.code.text(), "artifact-differs");
}

TEST(Artifacts, OneThatIsMissingIsRejected) {
  const Desk desk;
  const Request request = with_outputs(desk, statement_of_a_good_run());
  std::filesystem::remove((desk.directory / "out/sub/empty"));
  EXPECT_EQ(appraise(request).code.text(), "artifact-missing");
}

TEST(Artifacts, OneThatWasNotSignedIsRejected) {
  const Desk desk;
  const Request request = with_outputs(desk, statement_of_a_good_run());
  desk.directory.write("out/sub/more", "x");
  EXPECT_EQ(appraise(request).code.text(), "artifact-extra");
}

TEST(Artifacts, ALinkOrAFifoIsRejectedAndNotFollowed) {
  const Desk desk;
  Request request = with_outputs(desk, statement_of_a_good_run());
  std::filesystem::rename((desk.directory / "out/a.txt"), desk.directory / "a.txt");
  std::filesystem::create_symlink("../a.txt", desk.directory / "out/a.txt");
  EXPECT_EQ(appraise(request).code.text(), "artifact-kind");
  std::filesystem::remove((desk.directory / "out/a.txt"));
  ASSERT_EQ(::mkfifo((desk.directory / "out/a.txt").c_str(), 0600), 0);
  EXPECT_EQ(appraise(request).code.text(), "artifact-kind");
  std::filesystem::create_directory_symlink("out", desk.directory / "link");
  request.artifacts_dir = desk.directory / "link";
  EXPECT_EQ(appraise(request).code.text(), "artifacts-unreadable");
}

TEST(Artifacts, ANameThatIsNotUtf8IsComparedAsItIsWritten) {
  const Desk desk;
  Statement statement = statement_of_a_good_run();
  statement.subjects[1].name = "sub/\xff";
  const Request request = with_outputs(desk, statement);
  std::filesystem::rename((desk.directory / "out/sub/empty"), desk.directory / "out/sub/\xff");
  EXPECT_EQ(appraise(request).verdict, Verdict::kAccepted) << appraise(request).reason;
}

TEST(Artifacts, ARunWithoutOutputHasAnEmptyDirectory) {
  const Desk desk;
  Statement statement = statement_of_a_good_run();
  statement.subjects = {statement.predicate.plan};
  Request request = with_outputs(desk, statement);
  EXPECT_EQ(appraise(request).code.text(), "artifact-extra");
  std::filesystem::remove_all((desk.directory / "out/sub"));
  std::filesystem::remove((desk.directory / "out/a.txt"));
  EXPECT_EQ(appraise(request).verdict, Verdict::kAccepted);
}

}  // namespace
}  // namespace immure::verify
