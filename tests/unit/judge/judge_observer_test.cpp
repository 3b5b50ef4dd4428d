/// What the judge demands of the observer's filter, and of the call by which the cell shows that the observer receives
/// notifications.
#include <functional>

#include <gtest/gtest.h>

#include "../sample/sample.hpp"
#include "judge/judge.hpp"
#include "sys/filter.hpp"
#include "sys/kernel.hpp"

namespace immure::judge {
namespace {

namespace seccomp = sys::seccomp;
using E = evidence::Evidence;

/// The number of openat(2) on the machine of the sample.
std::uint32_t openat_number() { return sys::kThisMachine == sys::Machine::kX86_64 ? 257 : 56; }

std::string filter_that(std::uint32_t with) {
  return text::base64(
      test::bytes_of({seccomp::load(offsetof(seccomp_data, nr)), seccomp::jump(BPF_JEQ, openat_number(), 0, 1),
                      seccomp::finish(with), seccomp::finish(seccomp::kAllow)}));
}

/// A good run whose plan wants an observer. The sample's filter denies openat(2), so the observer must not hear of the
/// call.
E denied() {
  E evidence = test::evidence_of_a_good_run();
  evidence.observer =
      evidence::Observer{.answer = EPERM, .around = 1, .bpf = filter_that(seccomp::kNotify), .null = "EPERM"};
  for (evidence::OutsideView& view : evidence.outside) view.seccomp_filters = 4;
  return evidence;
}

/// The same with a filter that allows openat(2). Only the rows of test 36 count here: the probes still answer as
/// under the sample's filter.
E heard() {
  E evidence = denied();
  evidence.observer->answer = ENOENT;
  evidence.observer->heard = true;
  evidence.observer->null = "1:3";
  evidence.filter.bpf.reset();
  return evidence;
}

/// The codes that the judge gives about the observer.
std::vector<std::string> codes(const E& evidence) {
  const Judgement judgement = judge(evidence, Moment::kFinal, Record::kOpen);
  std::vector<std::string> found;
  for (const Row& row : judgement.rows)
    for (const Finding& finding : row.findings)
      if (const std::string_view code = finding.code.text(); code.starts_with("observer-") || code == "filter-count")
        found.push_back(std::to_string(row.number) + " " + std::string(code) + " " + finding.where);
  return found;
}

using Codes = std::vector<std::string>;

TEST(Observer, EvidenceWithoutOneHoldsAsBefore) {
  EXPECT_TRUE(judge(test::evidence_of_a_good_run(), Moment::kFinal).holds());
}

TEST(Observer, HoldsWhereTheFilterDeniesTheCallAndNobodyHears) { EXPECT_TRUE(judge(denied(), Moment::kFinal).holds()); }

TEST(Observer, HoldsWhereTheCallIsHeardAndTheKernelAnswers) { EXPECT_EQ(codes(heard()), Codes{}); }

struct Broken {
  const char* name;
  std::function<void(E&)> breaks;
  Codes expected;
};

TEST(Observer, EachDefectIsFound) {
  const Codes not_heard = {"36 observer-missing /observer/heard"};
  const Codes answered = {"36 observer-answers /observer/answer"};
  const Codes program = {"36 observer-missing /observer/bpf"};
  const Codes denies = {"36 observer-answers /observer/bpf"};
  const Codes count = {"36 filter-count /outside/1/seccompFilters"};
  const Broken cases[] = {
      {"not heard", [](E& e) { e.observer->heard = false; }, not_heard},
      {"answered by somebody else", [](E& e) { e.observer->answer = 0; }, answered},
      {"answered with another error", [](E& e) { e.observer->answer = EACCES; }, answered},
      {"another device than null", [](E& e) { e.observer->null = "1:5"; }, {"36 observer-answers /observer/null"}},
      {"no null device", [](E& e) { e.observer->null = "ENOENT"; }, {"36 observer-answers /observer/null"}},
      {"no instructions", [](E& e) { e.observer->bpf.clear(); }, program},
      {"half an instruction", [](E& e) { e.observer->bpf = text::base64("half"); }, program},
      {"no base64", [](E& e) { e.observer->bpf = "!"; }, program},
      {"too few filters", [](E& e) { e.outside[1].seccomp_filters = 3; }, count},
      {"too many filters", [](E& e) { e.outside[1].seccomp_filters = 5; }, count},
  };
  for (const Broken& one : cases) {
    E evidence = heard();
    one.breaks(evidence);
    EXPECT_EQ(codes(evidence), one.expected) << one.name;
  }
  for (const std::uint32_t with :
       {seccomp::deny(EPERM), seccomp::deny(0), seccomp::kKill, std::uint32_t{SECCOMP_RET_TRACE}}) {
    E evidence = heard();
    evidence.observer->bpf = filter_that(with);
    const Codes found = codes(evidence);
    EXPECT_NE(std::ranges::find(found, denies.front()), found.end()) << with;
  }
}

TEST(Observer, AFilterThatNotifiesOfNothingIsMissing) {
  E evidence = heard();
  evidence.observer->bpf = filter_that(seccomp::kAllow);
  EXPECT_EQ(codes(evidence), (Codes{"36 observer-missing /observer/bpf", "36 observer-missing /observer/heard"}));
}

TEST(Observer, HearsNothingThatThePlansFilterDenies) {
  E evidence = denied();
  evidence.observer->heard = true;
  EXPECT_EQ(codes(evidence), Codes{"36 observer-missing /observer/heard"});
  evidence = denied();
  evidence.observer->answer = ENOENT;
  EXPECT_EQ(codes(evidence), Codes{"36 observer-answers /observer/answer"});
}

TEST(Observer, OnlyHarmlessDevicesAreHandedOut) {
  E evidence = denied();
  evidence.payload->devices = {{3, "/dev/null"}, {1, "/dev/stdout"}};
  EXPECT_TRUE(judge(evidence, Moment::kFinal).holds());
  evidence.payload->devices->push_back({1, "/dev/zero"});
  const Judgement judgement = judge(evidence, Moment::kFinal);
  ASSERT_NE(judgement.first_failing(), nullptr);
  EXPECT_EQ(int{judgement.first_failing()->number}, 37);
}

TEST(Observer, NobodyChangesTheNullDevice) {
  E evidence = denied();
  evidence.inside->null_changed = EROFS;
  EXPECT_TRUE(judge(evidence, Moment::kFinal).holds());
  for (const int number : {0, EPERM}) {
    evidence.inside->null_changed = number;
    const Judgement judgement = judge(evidence, Moment::kFinal);
    ASSERT_NE(judgement.first_failing(), nullptr);
    EXPECT_EQ(int{judgement.first_failing()->number}, 28);
  }
}

}  // namespace
}  // namespace immure::judge
