#include "verify/policy.hpp"

#include <functional>
#include <ostream>

#include <gtest/gtest.h>

#include "../sample/sample.hpp"
#include "verify/freshness.hpp"

namespace immure::verify {
namespace {

using test::Desk;

const std::string kId(64, 'a');

struct Text {
  std::string name, toml, where;
};
void PrintTo(const Text& text, std::ostream* out) { *out << text.name; }

class RefusedPolicy : public ::testing::TestWithParam<Text> {};

TEST_P(RefusedPolicy, NamesFileLineAndKey) {
  const auto parsed = parse_policy("version = 1\n" + GetParam().toml, "dir/policy.toml");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, Code::kBadInput);
  EXPECT_EQ(parsed.error().where, "dir/policy.toml:" + GetParam().where) << parsed.error().what;
}

std::string key(const std::string& lines) { return "[[keys]]\n" + lines; }

INSTANTIATE_TEST_SUITE_P(
    Policy, RefusedPolicy,
    ::testing::Values(
        Text{"no_toml_fail", "tests", "2"}, Text{"unknown_key_fail", "profile = ['static']", "2:profile"},
        Text{"key_in_another_case_fail", "Tests = [24]", "2:Tests"}, Text{"key_twice_fail", "version = 1", "2"},
        Text{"profiles_no_list_fail", "profiles = 'static'", "2:profiles"},
        Text{"profiles_empty_fail", "profiles = []", "2:profiles"},
        Text{"profiles_twice_fail", "profiles = ['a', 'a']", "2:profiles"},
        Text{"unsafe_no_list_fail", "unsafe = 'unsafe_syscalls'", "2:unsafe"},
        Text{"unsafe_of_another_name_fail", "unsafe = ['writable_code']", "2:unsafe"},
        Text{"unsafe_twice_fail", "unsafe = ['unsafe_syscalls', 'unsafe_syscalls']", "2:unsafe"},
        Text{"limits_by_nothing_fail", "limits_by = ['hope']", "2:limits_by"},
        Text{"venues_of_numbers_fail", "venues = [1]", "2:venues"},
        Text{"image_no_digest_fail", "images = ['abc']", "2:images"},
        Text{"launcher_upper_case_fail", "launchers = ['" + std::string(64, 'A') + "']", "2:launchers"},
        Text{"programs_empty_fail", "programs = []", "2:programs"},
        Text{"arguments_no_list_fail", "arguments = '/in'", "2:arguments"},
        Text{"arguments_of_numbers_fail", "arguments = [1]", "2:arguments"},
        Text{"input_no_digest_fail", "inputs = ['abc']", "2:inputs"},
        Text{"exit_code_too_large_fail", "exit_codes = [256]", "2:exit_codes"},
        Text{"exit_code_negative_fail", "exit_codes = [-1]", "2:exit_codes"},
        Text{"exit_code_twice_fail", "exit_codes = [0, 0]", "2:exit_codes"},
        Text{"exit_codes_empty_fail", "exit_codes = []", "2:exit_codes"},
        Text{"tests_no_list_fail", "tests = 24", "2:tests"}, Text{"tests_empty_fail", "tests = []", "2:tests"},
        Text{"test_that_is_text_fail", "tests = ['24']", "2:tests"},
        Text{"test_that_no_evidence_decides_fail", "tests = [\n  24,\n  45]", "4:tests"},
        Text{"test_twice_fail", "tests = [24, 24]", "2:tests"}, Text{"age_number_fail", "max_age = 3600", "2:max_age"},
        Text{"age_zero_fail", "max_age = '0s'", "2:max_age"}, Text{"age_unit_fail", "max_age = '1y'", "2:max_age"},
        Text{"age_too_long_fail", "max_age = '367d'", "2:max_age"}, Text{"keys_no_tables_fail", "keys = [1]", "2:keys"},
        Text{"keys_empty_fail", "keys = []", "2:keys"},
        Text{"key_without_path_or_id_fail", key("roles = ['attester']"), "2:keys"},
        Text{"key_with_both_fail", key("path = 'a'\nid = '" + kId + "'\nroles = ['attester']"), "2:keys"},
        Text{"key_without_roles_fail", key("path = 'a'"), "2:keys"},
        Text{"key_with_another_role_fail", key("path = 'a'\nroles = ['root']"), "4:keys.roles"},
        Text{"key_with_an_unknown_key_fail", key("path = 'a'\nname = 'b'"), "4:keys.name"},
        Text{"key_id_short_fail", key("id = 'abc'\nroles = ['attester']"), "3:keys.id"},
        Text{"key_from_date_fail", key("path = 'a'\nroles = ['attester']\nfrom = '2026-01-01'"), "5:keys.from"},
        Text{"key_until_of_its_own_type_fail", key("path = 'a'\nroles = ['attester']\nuntil = 2026-01-01"),
             "5:keys.until"},
        Text{"key_ends_before_it_begins_fail",
             key("path = 'a'\nroles = ['attester']\nfrom = '2026-01-02T00:00:00Z'\nuntil = '2026-01-01T00:00:00Z'"),
             "2:keys"},
        Text{"key_twice_in_list_fail",
             key("path = 'a'\nroles = ['attester']\n") + key("path = 'a'\nroles = ['verifier']"), "5:keys"},
        Text{"not_ascii_fail", "venues = ['\xc3\xa9']", "2"}),
    [](const auto& given) { return given.param.name; });

TEST(Policy, NeedsItsVersion) {
  EXPECT_EQ(parse_policy("", "p.toml").error().where, "p.toml:1:version");
  EXPECT_EQ(parse_policy("version = 2", "p.toml").error().where, "p.toml:1:version");
  EXPECT_EQ(parse_policy("version = '1'", "p.toml").error().where, "p.toml:1:version");
  EXPECT_TRUE(parse_policy("version = 1", "p.toml"));
}

TEST(Policy, SaysWhatAProfileMayGiveUp) {
  evidence::Evidence evidence = test::evidence_of_a_good_run();
  const auto refused = [&](const std::string& line) {
    const auto policy = parse_policy("version = 1\n" + line, "p.toml");
    if (!policy) return policy.error().what;
    const auto finding = check_run(*policy, evidence);
    return finding ? std::string(finding->code.text()) + " " + finding->observed : std::string();
  };
  EXPECT_EQ(refused("unsafe = []"), "");
  evidence.unsafe = {"unsafe_syscalls", "unsafe_writable_code"};
  EXPECT_EQ(refused(""), "");
  EXPECT_EQ(refused("unsafe = []"), "policy-unsafe unsafe_syscalls");
  EXPECT_EQ(refused("unsafe = ['unsafe_syscalls']"), "policy-unsafe unsafe_writable_code");
  EXPECT_EQ(refused("unsafe = ['unsafe_syscalls', 'unsafe_writable_code']"), "");
}

TEST(Policy, PathsStartWhereThePolicyLies) {
  const auto policy = parse_policy(
      "version = 1\nmax_age = '24h'\n"
      "[[keys]]\npath = 'host.pub'\nroles = ['attester', 'verifier']\n"
      "[[keys]]\npath = '/etc/other.pub'\nroles = ['verifier']\n",
      "etc/policy.toml");
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->max_age_s, 86'400U);
  ASSERT_EQ(policy->keys.size(), 2U);
  EXPECT_EQ(policy->keys[0].path, "etc/host.pub");
  EXPECT_TRUE(policy->keys[0].attester && policy->keys[0].verifier);
  EXPECT_EQ(policy->keys[1].path, "/etc/other.pub");
  EXPECT_FALSE(policy->keys[1].attester);
  EXPECT_EQ(policy->keys[1].where, "etc/policy.toml:6");
}

/// A good run that is appraised under a policy. The public key of its signature lies beside the policy as `host.pub`.
struct Case {
  std::string name, toml;
  Verdict verdict;
  std::string code;
  std::function<void(Request&)> ask = [](Request&) {};
};
void PrintTo(const Case& given, std::ostream* out) { *out << given.name; }

constexpr Verdict kA = Verdict::kAccepted;
constexpr Verdict kR = Verdict::kRejected;
constexpr Verdict kB = Verdict::kBlocked;
const std::string kAttester = "[[keys]]\npath = 'host.pub'\nroles = ['attester']\n";

class UnderPolicy : public ::testing::TestWithParam<Case> {};

AttestationResult appraise_under(const Desk& desk, const Case& given) {
  Request request = desk.request(evidence::seal(test::statement_of_a_good_run(), desk.key));
  request.key_paths.clear();
  given.ask(request);
  std::string toml = "version = 1\n" + given.toml;
  if (const std::size_t at = toml.find("KEYID"); at != std::string::npos)
    toml.replace(at, 5, desk.key.public_key().key_id());
  auto policy = read_policy(desk.directory.write("policy.toml", toml));
  if (!policy) {
    ADD_FAILURE() << to_text(policy.error());
    return {};
  }
  obey(request, *std::move(policy));
  return appraise(request);
}

TEST_P(UnderPolicy, HasItsVerdictAndCode) {
  const Desk desk;
  Case given = GetParam();
  // If the policy does not name the key beside it, give the key on the command line.
  if (given.toml.find("path = 'host.pub'") == std::string::npos)
    given.ask = [&desk, ask = given.ask](Request& request) { request.key_paths = {desk.key_path}, ask(request); };
  desk.directory.write("other.pub", evidence::PrivateKey::generate().public_key().pem());
  const AttestationResult result = appraise_under(desk, given);
  EXPECT_EQ(name(result.verdict), name(given.verdict));
  EXPECT_EQ(result.code.text(), given.code) << result.reason;
}

INSTANTIATE_TEST_SUITE_P(
    Policy, UnderPolicy,
    ::testing::Values(
        Case{"nothing_demanded", "", kA, "accepted"}, Case{"key_of_the_policy", kAttester, kA, "accepted"},
        Case{"key_by_its_id", "[[keys]]\nid = 'KEYID'\nroles = ['attester']", kA, "accepted"},
        Case{"key_unlisted_fail", "[[keys]]\nid = '" + kId + "'\nroles = ['attester']", kB, "policy-key"},
        Case{"key_of_another_fail", "[[keys]]\npath = 'other.pub'\nroles = ['attester']", kB, "policy-key"},
        Case{"key_missing_fail", "[[keys]]\npath = 'nowhere.pub'\nroles = ['attester']", kB, "key-unusable"},
        Case{"key_of_a_verifier_fail", "[[keys]]\npath = 'host.pub'\nroles = ['verifier']", kB, "policy-key-role"},
        Case{"key_in_its_time", kAttester + "from = '2026-06-09T12:00:00Z'\nuntil = '2026-06-09T12:01:01Z'", kA,
             "accepted"},
        Case{"key_not_yet_valid_fail", kAttester + "from = '2026-06-09T12:00:01Z'", kB, "policy-key-validity"},
        Case{"key_expired_before_the_run_fail", kAttester + "until = '2026-06-09T12:00:00Z'", kB,
             "policy-key-validity"},
        Case{"key_expired_since_fail", kAttester + "until = '2026-06-09T12:01:00Z'", kB, "policy-key-validity"},
        Case{"profile_by_name", "profiles = ['dynamic', 'static']", kA, "accepted"},
        Case{"profile_by_digest", "profiles = ['" + test::kDigestA + "']", kA, "accepted"},
        Case{"profile_other_fail", "profiles = ['dynamic']", kR, "policy-profile"},
        Case{"venue", "venues = ['native']", kA, "accepted"},
        Case{"limits_by_a_watch", "limits_by = ['cgroup2', 'rlimit', 'watch']", kA, "accepted"},
        Case{"limits_by_a_group_fail", "limits_by = ['cgroup2', 'cgroup1']", kR, "policy-limits"},
        Case{"limits_of_processes_fail", "limits_by = ['watch']", kR, "policy-limits"},
        Case{"venue_other_fail", "venues = ['moon']", kR, "policy-venue"},
        Case{"image", "images = ['" + test::kDigestA + "']", kA, "accepted"},
        Case{"image_other_fail", "images = ['" + test::kDigestB + "']", kR, "policy-image"},
        Case{"launcher", "launchers = ['" + test::kDigestA + "']", kA, "accepted"},
        Case{"launcher_other_fail", "launchers = ['" + test::kDigestB + "']", kR, "policy-launcher"},
        Case{"program_by_path", "programs = ['/inspect']", kA, "accepted"},
        Case{"program_by_name", "programs = ['sort', 'inspect']", kA, "accepted"},
        Case{"program_by_digest", "programs = ['" + test::kDigestA + "']", kA, "accepted"},
        Case{"program_other_fail", "programs = ['inspec', '/usr/inspect', '/']", kR, "policy-program"},
        Case{"arguments", "arguments = ['/in', '/out']", kA, "accepted"},
        Case{"arguments_in_another_order_fail", "arguments = ['/out', '/in']", kR, "policy-arguments"},
        Case{"arguments_too_few_fail", "arguments = ['/in']", kR, "policy-arguments"},
        Case{"arguments_none_fail", "arguments = []", kR, "policy-arguments"},
        Case{"input", "inputs = ['" + test::kDigestA + "']", kA, "accepted"},
        Case{"input_other_fail", "inputs = ['" + test::kDigestB + "']", kR, "policy-input"},
        Case{"exit_code", "exit_codes = [1, 0]", kA, "accepted"},
        Case{"exit_code_other_fail", "exit_codes = [1]", kR, "policy-exit"},
        Case{"tests_that_hold", "tests = [24, 37, 38, 40, 43]", kA, "accepted"},
        Case{"test_not_asked_for_fail", "tests = [44]", kB, "policy-test"},
        Case{"freshness_not_asked_for_fail", "tests = [40]", kB, "policy-test",
             [](Request& r) { r.nonce.reset(), r.max_age_s = 0; }},
        Case{"age_of_the_policy_fail", "max_age = '58s'", kB, "evidence-stale"},
        Case{"age_of_the_policy_holds", "max_age = '59s'", kA, "accepted", [](Request& r) { r.max_age_s = 0; }},
        Case{"the_shorter_age_counts_fail", "max_age = '7d'", kB, "evidence-stale",
             [](Request& r) { r.max_age_s = 30; }}),
    [](const auto& given) { return given.param.name; });

TEST(Policy, ARefusedKeyIsNoSignatureThatHolds) {
  const Desk desk;
  const AttestationResult result =
      appraise_under(desk, {"", "[[keys]]\npath = 'host.pub'\nroles = ['verifier']", kB, "policy-key-role"});
  ASSERT_FALSE(result.evidence_rows.empty());
  EXPECT_EQ(result.evidence_rows.front().number, 38);
  EXPECT_EQ(result.evidence_rows.front().outcome, judge::Outcome::kNotProved);
}

TEST(Policy, WithoutAnyKeyNothingIsTrusted) {
  const Desk desk;
  EXPECT_EQ(appraise_under(desk, {"", "venues = ['native']", kB, "key-missing"}).code.text(), "key-missing");
}

AttestationResult expecting(const std::function<void(Request&)>& ask,
                            const evidence::Statement& statement = test::statement_of_a_good_run()) {
  const Desk desk;
  Request request = desk.request(evidence::seal(statement, desk.key));
  ask(request);
  return appraise(request);
}

TEST(Expected, ARunAsExpectedIsAccepted) {
  const AttestationResult result = expecting([](Request& r) {
    r.expected = {{"inspect"}, std::vector<std::string>{"/in", "/out"}, {}, {0}};
    r.input = InputAtHand{"drop", test::kDigestA, {}};
  });
  EXPECT_EQ(result.code.text(), "accepted") << result.reason;
  EXPECT_EQ(result.same_input, true);
}

TEST(Expected, AnythingElseIsRejectedByItsCode) {
  const std::vector<std::pair<std::string, std::function<void(Request&)>>> cases = {
      {"program-unexpected", [](Request& r) { r.expected.programs = {"sort"}; }},
      {"arguments-unexpected", [](Request& r) { r.expected.arguments.emplace(); }},
      {"exit-unexpected", [](Request& r) { r.expected.exit_codes = {1}; }},
      {"input-unexpected", [](Request& r) { r.input = InputAtHand{"drop", test::kDigestB, {}}; }},
  };
  for (const auto& [code, ask] : cases) {
    const AttestationResult result = expecting(ask);
    EXPECT_EQ(result.code.text(), code) << result.reason;
    EXPECT_EQ(name(result.verdict), name(kR));
  }
}

TEST(Expected, ASignalIsNoExitCode) {
  evidence::Statement statement = test::statement_of_a_good_run();
  statement.predicate.payload->exit_code.reset();
  statement.predicate.payload->signal = 9;
  EXPECT_EQ(expecting([](Request& r) { r.expected.exit_codes = {0, 9, 137}; }, statement).code.text(),
            "exit-unexpected");
}

TEST(Expected, AnInputThatCannotBeReadIsBlocked) {
  const AttestationResult result = expecting([](Request& r) { r.input = InputAtHand{"drop", {}, "not found"}; });
  EXPECT_EQ(result.code.text(), "input-unreadable");
  EXPECT_EQ(name(result.verdict), name(kB));
  EXPECT_FALSE(result.same_input);
}

TEST(Expected, WhatNobodyComparedIsNotProved) {
  const auto says = [](const AttestationResult& result) {
    return std::ranges::any_of(result.not_proved, [](const auto& sentence) { return sentence.contains("(--input)"); });
  };
  EXPECT_TRUE(says(expecting([](Request&) {})));
  EXPECT_FALSE(says(expecting([](Request& r) { r.input = InputAtHand{"drop", test::kDigestA, {}}; })));
}

TEST(Expected, ARunThatNeverStartedMeetsNothing) {
  evidence::Evidence evidence = test::evidence_of_a_good_run();
  evidence.payload.reset();
  EXPECT_TRUE(check_expectation({{}, std::vector<std::string>{}, {}, {}}, ExpectedBy::kRequest, evidence));
  EXPECT_TRUE(check_expectation({{}, {}, {}, {0}}, ExpectedBy::kRequest, evidence));
  EXPECT_FALSE(check_expectation({}, ExpectedBy::kRequest, evidence));
}

}  // namespace
}  // namespace immure::verify
