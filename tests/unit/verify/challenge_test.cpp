#include "verify/challenge.hpp"
#include "render/text_report.hpp"

#include <functional>
#include <ostream>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../sample/sample.hpp"
#include "sys/syscall.hpp"
#include "text/utc_time.hpp"
#include "verify/freshness.hpp"
#include "verify/lock_down.hpp"
#include "verify/nonce_store.hpp"

namespace immure::verify {
namespace {

using test::Desk;
using test::kNonce;
using test::kNow;

/// The challenge that the good run answers.
Challenge good_challenge() {
  return {.audience = "ops@example.org",
          .expires_on = "2026-06-09T12:05:00Z",
          .issued_on = "2026-06-09T11:59:00Z",
          .nonce = kNonce};
}

Request request_for(const Desk& desk, const Challenge& challenge) {
  Request request = desk.request(evidence::seal(test::statement_of_a_good_run(), desk.key));
  answer_to(request, challenge);
  return request;
}

/// The code of an appraisal in a child process that restricts itself. Each appraisal needs its own process, because the
/// restriction cannot be undone.
std::string code_in_a_child(const Request& request) {
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  const pid_t child = ::fork();
  if (child == 0) {
    // The filter of the child allows writing to standard error.
    ::dup2(ends[1], 2);
    const AttestationResult result = appraise_locked_down(request);
    const std::string text = std::string(name(result.verdict)) + " " + std::string(result.code.text());
    static_cast<void>(!::write(2, text.data(), text.size()));
    sys::raw(__NR_exit_group, 0);
  }
  ::close(ends[1]);
  std::string text(256, '\0');
  const ssize_t size = ::read(ends[0], text.data(), text.size());
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return text.substr(0, size < 0 ? 0 : static_cast<std::size_t>(size));
}

struct Text {
  std::string name, bytes, where;
};
void PrintTo(const Text& text, std::ostream* out) { *out << text.name; }

const std::string kMembers = R"({"audience":"a","expiresOn":"2026-06-09T12:05:00Z","issuedOn":"2026-06-09T12:00:00Z")";
const std::string kEnd = R"(,"nonce":")" + kNonce + R"(","version":1})";

class RefusedChallenge : public ::testing::TestWithParam<Text> {};

TEST_P(RefusedChallenge, NamesThePlace) {
  const auto parsed = parse_challenge(GetParam().bytes, "c.json");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, Code::kBadInput);
  EXPECT_EQ(parsed.error().where, "c.json:" + GetParam().where) << parsed.error().what;
}

INSTANTIATE_TEST_SUITE_P(
    Challenge, RefusedChallenge,
    ::testing::Values(
        Text{"empty_fail", "", ""}, Text{"array_fail", "[]", ""},
        Text{"trailing_bytes_fail", kMembers + kEnd + "\n\n", ""},
        Text{"blank_fail", "{ " + (kMembers + kEnd).substr(1), ""},
        Text{"unknown_key_fail", R"({"also":1,)" + (kMembers + kEnd).substr(1), "/also"},
        Text{"key_twice_fail", R"({"audience":"b",)" + (kMembers + kEnd).substr(1), "/audience"},
        Text{"nonce_missing_fail", kMembers + R"(,"version":1})", "/nonce"},
        Text{"nonce_short_fail", kMembers + R"(,"nonce":"AAEC","version":1})", "/nonce"},
        Text{"nonce_padded_fail", kMembers + R"(,"nonce":")" + kNonce + R"(=","version":1})", "/nonce"},
        Text{"nonce_number_fail", kMembers + R"(,"nonce":1,"version":1})", "/nonce"},
        Text{"version_two_fail", kMembers + R"(,"nonce":")" + kNonce + R"(","version":2})", "/version"},
        Text{"version_text_fail", kMembers + R"(,"nonce":")" + kNonce + R"(","version":"1"})", "/version"},
        Text{"audience_empty_fail",
             R"({"audience":"","expiresOn":"2026-06-09T12:05:00Z","issuedOn":"2026-06-09T12:00:00Z")" + kEnd,
             "/audience"},
        Text{"ends_before_it_begins_fail",
             R"({"audience":"a","expiresOn":"2026-06-09T12:00:00Z","issuedOn":"2026-06-09T12:00:00Z")" + kEnd,
             "/expiresOn"},
        Text{"no_such_day_fail",
             R"({"audience":"a","expiresOn":"2026-06-09T12:00:00Z","issuedOn":"2026-02-30T12:00:00Z")" + kEnd,
             "/issuedOn"},
        Text{"time_with_zone_fail",
             R"({"audience":"a","expiresOn":"2026-06-09T12:00:00+02:00","issuedOn":"2026-02-20T12:00:00Z")" + kEnd,
             "/expiresOn"}),
    [](const auto& given) { return given.param.name; });

TEST(Challenge, IsReadBackAsItWasMade) {
  const auto made = new_challenge("ops@example.org", kNow, 600);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->issued_on, "2026-06-09T12:01:00Z");
  EXPECT_EQ(made->expires_on, "2026-06-09T12:11:00Z");
  EXPECT_TRUE(is_nonce(made->nonce));
  const auto read = parse_challenge(challenge_json(*made), "c.json");
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, *made);
  EXPECT_NE(new_challenge("ops@example.org", kNow, 600)->nonce, made->nonce);
}

TEST(Challenge, AnAudienceThatEvidenceCannotCarryIsRefused) {
  EXPECT_FALSE(new_challenge("", kNow, 600));
  EXPECT_FALSE(new_challenge("\xff", kNow, 600));
  EXPECT_FALSE(new_challenge(std::string(1025, 'a'), kNow, 600));
}

TEST(Challenge, TimesAreWrittenAsTheyAreRead) {
  for (const std::int64_t seconds : {std::int64_t{0}, std::int64_t{951'782'399}, kNow, std::int64_t{4'102'444'800}})
    EXPECT_EQ(text::unix_seconds(text::utc_text(seconds)), seconds);
}

TEST(Challenge, ItsAnswerIsAccepted) {
  const Desk desk;
  const AttestationResult result = appraise(request_for(desk, good_challenge()));
  EXPECT_EQ(result.code.text(), "accepted") << result.reason;
  EXPECT_NE(render::result_text(result, {.width = 1000}).find("without --state, verify remembers no answers"),
            std::string::npos);
}

TEST(Challenge, AnswersToAnotherOneAreRefused) {
  const Desk desk;
  Challenge challenge = good_challenge();
  challenge.nonce = std::string(43, 'A');
  EXPECT_EQ(appraise(request_for(desk, challenge)).code.text(), "nonce-mismatch");
  challenge = good_challenge();
  challenge.audience = "someone@example.org";
  EXPECT_EQ(appraise(request_for(desk, challenge)).code.text(), "audience-mismatch");
}

TEST(Challenge, AnAppraisalAtItsEndIsTooLate) {
  const Desk desk;
  Request request = request_for(desk, good_challenge());
  request.now = *text::unix_seconds(good_challenge().expires_on) - 1;
  EXPECT_EQ(appraise(request).code.text(), "accepted");
  ++request.now;
  EXPECT_EQ(appraise(request).code.text(), "challenge-expired");
  EXPECT_EQ(appraise(request).verdict, Verdict::kBlocked);
}

TEST(Challenge, ARunBeforeTheChallengeIsRefusedButClocksMayDifferALittle) {
  const Desk desk;
  Challenge challenge = good_challenge();
  challenge.issued_on = "2026-06-09T12:02:00Z";  // the run started at 12:00:00
  EXPECT_EQ(appraise(request_for(desk, challenge)).code.text(), "accepted");
  challenge.issued_on = "2026-06-09T12:02:01Z";
  EXPECT_EQ(appraise(request_for(desk, challenge)).code.text(), "challenge-later");
}

class Remembered : public ::testing::Test {
 protected:
  Request request() {
    Request request = request_for(desk_, good_challenge());
    request.state_path = state_;
    return request;
  }
  Desk desk_;
  std::string state_ = desk_.directory / "state.json";
};

TEST_F(Remembered, AnAnswerIsAcceptedOnce) {
  EXPECT_EQ(code_in_a_child(request()), "ACCEPTED accepted");
  EXPECT_EQ(code_in_a_child(request()), "REJECTED nonce-used");
  EXPECT_EQ(code_in_a_child(request()), "REJECTED nonce-used");
}

TEST_F(Remembered, OnlyAnAcceptanceUsesItUp) {
  Request other = request();
  other.audience = "someone@example.org";
  EXPECT_EQ(code_in_a_child(other), "BLOCKED audience-mismatch");
  EXPECT_FALSE(std::filesystem::exists(state_));
  EXPECT_EQ(code_in_a_child(request()), "ACCEPTED accepted");
}

TEST_F(Remembered, AStateFileThatIsNoneIsNoAcceptance) {
  std::string bytes = nonce_store_json({});
  for (const std::string& bad : {std::string(), std::string("{}\n"), bytes.substr(0, bytes.size() - 1), bytes + "\n",
                                 std::string(100, '\0'), std::string(R"({"accepted":[],"version":2})") + "\n"}) {
    desk_.directory.write("state.json", bad);
    EXPECT_EQ(code_in_a_child(request()), "BLOCKED state-unusable") << bad;
  }
  desk_.directory.write("state.json", bytes);
  EXPECT_EQ(code_in_a_child(request()), "ACCEPTED accepted");
}

TEST_F(Remembered, ALinkOrADirectoryIsNoStateFile) {
  desk_.directory.write("other.json", nonce_store_json({}));
  std::filesystem::create_symlink("other.json", state_);
  EXPECT_EQ(code_in_a_child(request()), "BLOCKED state-unusable");
  std::filesystem::remove(state_);
  std::filesystem::create_directory(state_);
  EXPECT_EQ(code_in_a_child(request()), "BLOCKED state-unusable");
}

TEST_F(Remembered, WhatCannotBeWrittenDownIsNotAccepted) {
  std::filesystem::create_directory((desk_.directory / "sub"));
  state_ = desk_.directory / "sub/state.json";
  auto store = NonceStoreFile::open(state_);
  ASSERT_TRUE(store);
  std::filesystem::remove_all((desk_.directory / "sub"));
  EXPECT_FALSE(store->record(good_challenge(), kNow));
  EXPECT_EQ(code_in_a_child(request()), "BLOCKED state-unusable");
  const pid_t child = ::fork();
  if (child == 0) {
    auto nonce_writer = NonceWriter::start(*std::move(store), good_challenge(), kNow);
    const auto recorded = nonce_writer ? nonce_writer->record() : Result<void>();
    ::_exit(!recorded && recorded.error().what.find("cannot") != std::string::npos ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(Remembered, AnAcceptanceThatIsTakenBackSaysWhy) {
  AttestationResult result = appraise(request());
  ASSERT_EQ(result.verdict, Verdict::kAccepted);
  withdraw(result, {"state-unwritten", state_, "a record of this nonce", "a full disk"});
  EXPECT_EQ(result.verdict, Verdict::kBlocked);
  EXPECT_NE(render::result_text(result, {.width = 1000}).find("#40 NOT PROVED"), std::string::npos);
}

TEST_F(Remembered, AChallengeIsForgottenLongAfterItsEnd) {
  Challenge old = good_challenge();
  old.nonce = std::string(43, 'A');
  old.expires_on = text::utc_text(kNow - 8 * 86'400);
  {
    auto store = NonceStoreFile::open(state_);
    ASSERT_TRUE(store && store->record(old, kNow - 8 * 86'400));
    EXPECT_FALSE(store->record(old, kNow));
    ASSERT_TRUE(store->record(good_challenge(), kNow));
  }
  const auto store = NonceStoreFile::open(state_);
  ASSERT_TRUE(store);
  EXPECT_FALSE(store->has(old.nonce));
  EXPECT_TRUE(store->has(kNonce));
}

TEST_F(Remembered, AWriterThatIsNotAskedWritesNothing) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto store = NonceStoreFile::open(state_);
    if (store) static_cast<void>(NonceWriter::start(*std::move(store), good_challenge(), kNow));
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  // The end of the nonce writer released the lock.
  EXPECT_TRUE(NonceStoreFile::open(state_));
  EXPECT_FALSE(std::filesystem::exists(state_));
}

}  // namespace
}  // namespace immure::verify
