#include <algorithm>

#include <gtest/gtest.h>

#include "../sample/sample.hpp"
#include "judge/demand.hpp"
#include "judge/judge.hpp"

namespace immure::judge {
namespace {

using evidence::Evidence;
using evidence::ProbeRecord;
using test::evidence_of_a_good_run;

/// Changes one record of a good run, computes the hash chain again, and returns the row of the record's test.
template <class Change>
Row row_after(std::size_t i, Change change) {
  static const Evidence kGood = evidence_of_a_good_run();
  Evidence evidence = kGood;
  change(evidence.probes.at(i));
  test::chain(evidence);
  return judge(evidence, Moment::kFinal).rows.at(probe::catalogue()[i].test.index());
}

void expect(const Row& row, Outcome outcome, std::string_view code, std::string_view id) {
  EXPECT_EQ(row.outcome, outcome) << id;
  ASSERT_FALSE(row.findings.empty()) << id;
  EXPECT_EQ(row.findings.front().code.text(), code) << id;
  EXPECT_EQ(row.findings.front().where, id);
}

template <class Body>
void for_each_probe(Body body) {
  const auto rows = probe::catalogue();
  ASSERT_FALSE(rows.empty());
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].unless.empty() || !rows[i].cell.contains({0, 0, 0})) body(i, rows[i]);
}

/// What the judge demands of a row under a good run's filter.
Demand demand_of(const probe::Row& row) {
  static const Evidence kGood = evidence_of_a_good_run();
  return *Demands(kGood, present_edition()).of(row);
}

bool allowed(const probe::Row& row, int value) {
  const evidence::Answer answer = test::answer_of(value);
  return demand_of(row).met_by({answer.ret, answer.errno_value, answer.effect});
}

TEST(Probes, EveryTestOfTheSandboxHasSome) {
  for (int number = 24; number <= 37; ++number)
    EXPECT_TRUE(std::ranges::any_of(probe::catalogue(), [&](const probe::Row& row) { return row.test == number; }))
        << number;
}

TEST(Probes, OneThatSucceedsWhereItMustNotIsALeak) {
  for_each_probe([](std::size_t i, const probe::Row& row) {
    if (allowed(row, 0)) return;
    expect(row_after(i, [](ProbeRecord& r) { r.ret = 3, r.errno_value = 0, r.effect = 0; }), Outcome::kDoesNotHold,
           "probe-leaked", row.id);
  });
}

TEST(Probes, AnEffectIsALeakWhateverTheAnswer) {
  for_each_probe([](std::size_t i, const probe::Row& row) {
    for (const std::uint32_t effect : {probe::kCreated, probe::kRead, probe::kWritten}) {
      if ((row.forbidden & effect) == 0) continue;
      expect(row_after(i, [&](ProbeRecord& r) { r.effect |= effect; }), Outcome::kDoesNotHold, "probe-leaked", row.id);
    }
  });
}

TEST(Probes, AnotherErrnoIsAWeakAnswer) {
  for_each_probe([](std::size_t i, const probe::Row& row) {
    for (const int number : {EFAULT, EINVAL, EBADF}) {
      if (allowed(row, number)) continue;
      expect(row_after(i, [&](ProbeRecord& r) { r.ret = -1, r.errno_value = number, r.effect = 0; }),
             Outcome::kDoesNotHold, "probe-weak", row.id);
    }
  });
}

TEST(Probes, OneThatWasKilledUnexpectedlyProvesNothing) {
  for_each_probe([](std::size_t i, const probe::Row& row) {
    if (allowed(row, -9)) return;
    expect(row_after(i, [](ProbeRecord& r) { r.ret = 9, r.errno_value = 0, r.effect = probe::kSignal; }),
           Outcome::kNotProved, "probe-killed", row.id);
  });
}

TEST(Probes, AProbeThatWasNotRunAtAStageProvesNothing) {
  for_each_probe([](std::size_t i, const probe::Row& row) {
    expect(row_after(i, [](ProbeRecord& r) { r.effect |= probe::kNotRun; }), Outcome::kNotProved, "probe-not-run",
           row.id);
    // An answer that decides nothing may be missing.
    if (probe::demanded(row, probe::Stage::kControl))
      expect(row_after(i, [](ProbeRecord& r) { r.control.effect |= probe::kNotRun; }), Outcome::kNotProved,
             "probe-not-run", row.id);
    if (!probe::demanded(row, probe::Stage::kWalls)) return;
    expect(row_after(i, [](ProbeRecord& r) { r.walls->effect |= probe::kNotRun; }), Outcome::kNotProved,
           "probe-not-run", row.id);
    expect(row_after(i, [](ProbeRecord& r) { r.walls.reset(); }), Outcome::kNotProved, "probe-not-run", row.id);
  });
}

TEST(Probes, AResultBesideAnErrnoIsAContradiction) {
  for_each_probe([](std::size_t i, const probe::Row& row) {
    expect(row_after(i, [](ProbeRecord& r) { r.ret = 0, r.errno_value = EPERM, r.effect = 0; }), Outcome::kNotProved,
           "answer-contradicts", row.id);
    expect(row_after(i, [](ProbeRecord& r) { r.ret = -1, r.errno_value = 0, r.effect = 0; }), Outcome::kNotProved,
           "answer-contradicts", row.id);
    expect(row_after(i, [](ProbeRecord& r) { r.ret = -2, r.errno_value = EPERM, r.effect = 0; }), Outcome::kNotProved,
           "answer-contradicts", row.id);
    expect(row_after(i, [](ProbeRecord& r) { r.walls = evidence::Answer{5, EROFS, 0}; }), Outcome::kNotProved,
           "answer-contradicts", row.id);
    expect(row_after(i, [](ProbeRecord& r) { r.effect |= 1U << 20; }), Outcome::kNotProved, "answer-contradicts",
           row.id);
  });
}

TEST(Probes, TheLayerIsTestedOnlyForProbesOfOneCall) {
  for_each_probe([](std::size_t i, const probe::Row& row) {
    if (!probe::demanded(row, probe::Stage::kAttribution))
      return expect(row_after(i, [](ProbeRecord& r) { r.attribution = r.errno_value; }), Outcome::kNotProved,
                    "answer-contradicts", row.id);
    expect(row_after(i, [](ProbeRecord& r) { r.attribution.reset(); }), Outcome::kNotProved, "probe-not-run", row.id);
    expect(row_after(i, [](ProbeRecord& r) { r.attribution = ENOTTY; }), Outcome::kNotProved, "answer-contradicts",
           row.id);
    const Demand demand = demand_of(row);
    if (demand.by == Layer::kKernel)
      expect(row_after(i, [](ProbeRecord& r) { r.attribution = probe::kFilterAnswer; }), Outcome::kNotProved,
             "answer-contradicts", row.id);
    else
      expect(row_after(i, [](ProbeRecord& r) { r.attribution = r.errno_value; }), Outcome::kDoesNotHold,
             "filter-passed", row.id);
  });
}

TEST(Probes, DeniedWithoutAControlProvesNothing) {
  for_each_probe([](std::size_t i, const probe::Row& row) {
    for (const char* where : {"", "host", "scratch "})
      expect(row_after(i, [&](ProbeRecord& r) { r.control.where = where; }), Outcome::kNotProved, "control-missing",
             row.id);
  });
}

TEST(Probes, OtherArgumentsAreAnotherProbe) {
  for_each_probe([](std::size_t i, const probe::Row& row) {
    const std::string place = "/probes/" + std::to_string(i);
    expect(row_after(i, [](ProbeRecord& r) { r.args.emplace_back("0"); }), Outcome::kNotProved, "probes-inconsistent",
           place);
    if (row.args[0].kind == probe::Arg::Kind::kNone) return;
    expect(row_after(i, [](ProbeRecord& r) { r.args.pop_back(); }), Outcome::kNotProved, "probes-inconsistent", place);
    expect(row_after(i, [](ProbeRecord& r) { r.args.front() += "0"; }), Outcome::kNotProved, "probes-inconsistent",
           place);
  });
}

TEST(Probes, AControlThatIsDeniedTooProvesNothing) {
  for_each_probe([](std::size_t i, const probe::Row& row) {
    const Row judged =
        row_after(i, [](ProbeRecord& r) { r.control = {r.ret, r.errno_value, r.effect & probe::kSignal, "scratch"}; });
    const bool demanded = probe::demanded(row, probe::Stage::kControl);
    if (!demanded && (row.flags & probe::kCostly) != 0) {
      expect(judged, Outcome::kNotProved, "answer-contradicts", row.id);
    } else if (!demanded || !demand_of(row).told_apart) {
      EXPECT_EQ(judged.outcome, Outcome::kHolds) << row.id;
    } else {
      expect(judged, Outcome::kNotProved, "control-missing", row.id);
    }
  });
}

TEST(Probes, WallsThatDoNotHoldAloneAreOpenWhereTheyMust) {
  for_each_probe([](std::size_t i, const probe::Row& row) {
    const evidence::Answer other = test::other_than(row.walls);
    const Row judged = row_after(i, [&](ProbeRecord& r) { r.walls = other; });
    if (row.walls.empty()) {
      expect(judged, Outcome::kNotProved, "answer-contradicts", row.id);
    } else {
      expect(judged, Outcome::kDoesNotHold, "walls-open", row.id);
    }
  });
}

/// The index of the row with this id.
std::size_t index_of(std::string_view id) {
  const auto rows = probe::catalogue();
  return static_cast<std::size_t>(std::ranges::find(rows, id, &probe::Row::id) - rows.begin());
}

/// A good run whose filter answers one probe's call with `with`, and whose record says that this happened.
Evidence with_filter(std::string_view id, std::uint32_t with, ProbeRecord (*record)(ProbeRecord)) {
  Evidence evidence = evidence_of_a_good_run();
  const std::size_t i = index_of(id);
  auto filter = test::sample_filter(sys::kThisMachine);
  const auto number = static_cast<std::uint32_t>(probe::catalogue()[i].nr);
  const sys::Instruction first[] = {sys::seccomp::load(offsetof(seccomp_data, nr)),
                                    sys::seccomp::jump(BPF_JEQ, number, 0, 1), sys::seccomp::finish(with)};
  filter.insert(filter.begin(), std::begin(first), std::end(first));
  test::set_filter(evidence.filter, filter);
  evidence.probes[i] = record(evidence.probes[i]);
  test::chain(evidence);
  return evidence;
}

ProbeRecord answered(ProbeRecord record, int number, std::int32_t layer) {
  record.ret = number == 0 ? 0 : -1;
  record.errno_value = number;
  record.attribution = layer;
  return record;
}

TEST(Probes, WhatIsDemandedFollowsFromTheFiltersOwnInstructions) {
  using sys::simulation::kRetAllow, sys::simulation::kRetErrno;
  struct Case {
    std::string_view id;
    std::uint32_t filter;
    ProbeRecord (*record)(ProbeRecord);
    std::string_view code;  ///< empty: the test holds
  };
  const auto by_filter = [](ProbeRecord r) { return answered(std::move(r), EPERM, probe::kFilterAnswer); };
  const Case cases[] = {
      // A wall holds behind the filter, so the judge demands the answer of this wall.
      {"input/removexattr", kRetAllow, [](ProbeRecord r) { return answered(std::move(r), EROFS, EROFS); }, ""},
      {"input/removexattr", kRetAllow, [](ProbeRecord r) { return answered(std::move(r), ENODATA, ENODATA); },
       "probe-weak"},
      {"input/removexattr", kRetAllow, by_filter, "probe-weak"},
      {"input/removexattr", kRetErrno | EPERM, [](ProbeRecord r) { return answered(std::move(r), EROFS, EROFS); },
       "probe-weak"},
      // No boundary needs the call denied, so the judge accepts any answer of the kernel.
      {"kernel/signalfd", kRetAllow, [](ProbeRecord r) { return answered(std::move(r), EINVAL, EINVAL); }, ""},
      {"kernel/signalfd", kRetAllow, by_filter, "answer-contradicts"},
      {"kernel/signalfd", kRetErrno | EPERM, [](ProbeRecord r) { return answered(std::move(r), EPERM, EPERM); },
       "filter-passed"},
      // A boundary needs the filter, so no record helps.
      {"kernel/bpf", kRetAllow, [](ProbeRecord r) { return answered(std::move(r), EPERM, EPERM); }, "filter-passed"},
      {"kernel/bpf", kRetAllow, by_filter, "filter-passed"},
      {"kernel/bpf", kRetErrno | ENOSYS, by_filter, "filter-passed"},
      {"kernel/bpf", sys::simulation::kRetKillProcess, by_filter, "filter-passed"},
      // The filter may say that there are no attributes.
      {"input/removexattr", kRetErrno | EOPNOTSUPP,
       [](ProbeRecord r) { return answered(std::move(r), EOPNOTSUPP, probe::kFilterAnswer); }, ""},
      {"input/removexattr", kRetErrno | EOPNOTSUPP,
       [](ProbeRecord r) { return answered(std::move(r), EOPNOTSUPP, EOPNOTSUPP); }, "filter-passed"},
      // The filter may answer that a lock was taken although nothing takes a lock.
      {"input/flock", kRetErrno | EPERM, by_filter, ""},
      {"input/flock", kRetErrno, [](ProbeRecord r) { return answered(std::move(r), 0, 0); }, "filter-passed"},
      {"input/flock", kRetAllow, [](ProbeRecord r) { return answered(std::move(r), 0, 0); }, "filter-passed"},
      {"kernel/unallocated", kRetErrno | ENOSYS,
       [](ProbeRecord r) { return answered(std::move(r), ENOSYS, probe::kFilterAnswer); }, ""},
  };
  for (const Case& given : cases) {
    const Evidence evidence = with_filter(given.id, given.filter, given.record);
    const auto& catalogue = probe::catalogue();
    const auto test = catalogue[index_of(given.id)].test.index();
    const Row row = judge(evidence, Moment::kFinal).rows.at(test);
    EXPECT_EQ(row.findings.empty() ? std::string_view() : row.findings.front().code.text(), given.code) << given.id;
  }
}

TEST(Probes, WithoutTheFiltersInstructionsNothingIsProved) {
  const auto refused = [](const auto& change) {
    Evidence evidence = evidence_of_a_good_run();
    change(evidence.filter);
    test::chain(evidence);
    for (const Row& row : judge(evidence, Moment::kFinal).rows) {
      EXPECT_EQ(row.outcome, Outcome::kNotProved);
      ASSERT_FALSE(row.findings.empty());
      EXPECT_EQ(row.findings.front().code.text(), "filter-missing");
    }
  };
  refused([](evidence::Filter& filter) { filter.bpf.reset(); });
  refused([](evidence::Filter& filter) { filter.bpf = "not base64"; });
  refused([](evidence::Filter& filter) { filter.bpf->replace(0, 4, "AAAA"); });
  refused([](evidence::Filter& filter) { ++filter.instructions; });
  refused([](evidence::Filter& filter) { filter.sha256 = test::kDigestA; });
  // The kernel loads no filter program that jumps out of its bounds.
  refused([](evidence::Filter& filter) {
    auto instructions = test::sample_filter(sys::kThisMachine);
    instructions.pop_back();
    test::set_filter(filter, instructions);
  });
}

TEST(Probes, WhatTheProfileGaveUpIsRecordedAndNotDemanded) {
  const auto rows = probe::catalogue();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].unless.empty()) continue;
    Evidence evidence = evidence_of_a_good_run();
    const evidence::Answer leak = test::other_than(rows[i].cell);
    evidence.probes[i].ret = leak.ret;
    evidence.probes[i].errno_value = leak.errno_value;
    test::chain(evidence);
    EXPECT_FALSE(judge(evidence, Moment::kFinal).holds()) << rows[i].id;
    evidence.unsafe = {std::string(rows[i].unless)};
    EXPECT_TRUE(judge(evidence, Moment::kFinal).holds()) << rows[i].id;
  }
}

/// Expects a defect of all records together: every test is unproved, whichever probe has the defect.
void expect_inconsistent(Evidence& evidence, std::string_view code = "probes-inconsistent") {
  test::chain(evidence);
  for (const Row& row : judge(evidence, Moment::kFinal).rows) {
    EXPECT_EQ(row.outcome, Outcome::kNotProved) << row.number;
    ASSERT_FALSE(row.findings.empty());
    EXPECT_EQ(row.findings.front().code.text(), code);
  }
}

TEST(Probes, AMissingOneLeavesEveryTestUnproved) {
  for (const std::size_t i : {std::size_t{0}, probe::catalogue().size() / 2, probe::catalogue().size() - 1}) {
    Evidence evidence = evidence_of_a_good_run();
    evidence.probes.erase(evidence.probes.begin() + static_cast<std::ptrdiff_t>(i));
    expect_inconsistent(evidence);
  }
  Evidence none = evidence_of_a_good_run();
  none.probes.clear();
  expect_inconsistent(none, "probes-missing");
}

TEST(Probes, ADoubledOneLeavesEveryTestUnproved) {
  Evidence evidence = evidence_of_a_good_run();
  evidence.probes.insert(evidence.probes.begin() + 1, evidence.probes[0]);
  expect_inconsistent(evidence);
}

TEST(Probes, AnUnknownOneLeavesEveryTestUnproved) {
  Evidence evidence = evidence_of_a_good_run();
  ProbeRecord unknown = evidence.probes.back();
  unknown.id = "network/never-heard-of";
  unknown.seq += 1;
  evidence.probes.push_back(unknown);
  expect_inconsistent(evidence);
}

TEST(Probes, AnotherOrderLeavesEveryTestUnproved) {
  Evidence evidence = evidence_of_a_good_run();
  std::swap(evidence.probes[0], evidence.probes[1]);
  expect_inconsistent(evidence);
}

TEST(Probes, AGapInTheSequenceLeavesEveryTestUnproved) {
  Evidence evidence = evidence_of_a_good_run();
  for (std::size_t i = 5; i < evidence.probes.size(); ++i) evidence.probes[i].seq += 1;
  expect_inconsistent(evidence);
}

TEST(Probes, AnotherBoundaryOrSystemCallLeavesEveryTestUnproved) {
  Evidence evidence = evidence_of_a_good_run();
  evidence.probes[3].boundary = "kernel-not";
  expect_inconsistent(evidence);
  evidence = evidence_of_a_good_run();
  evidence.probes[3].syscall = "getpid";
  expect_inconsistent(evidence);
}

TEST(Transcript, AHeadOfOtherRecordsLeavesEveryTestUnproved) {
  Evidence evidence = evidence_of_a_good_run();
  evidence.probes[2].control = {-1, ENOTTY, 0, "scratch"};
  for (const Row& row : judge(evidence, Moment::kFinal).rows)
    EXPECT_EQ(row.findings.at(0).code.text(), "transcript-head");
}

TEST(Transcript, IsBoundToTheRunAndItsNonce) {
  for (const bool nonce : {true, false}) {
    Evidence evidence = evidence_of_a_good_run();
    if (nonce)
      evidence.nonce.reset();
    else
      evidence.run_id[0] = 'f';
    EXPECT_FALSE(judge(evidence, Moment::kFinal).holds());
    test::chain(evidence);
    EXPECT_TRUE(judge(evidence, Moment::kFinal).holds());
  }
}

TEST(Transcript, CountsItsEntries) {
  Evidence evidence = evidence_of_a_good_run();
  evidence.transcript.entries += 1;
  for (const Row& row : judge(evidence, Moment::kFinal).rows)
    EXPECT_EQ(row.findings.at(0).code.text(), "transcript-count");
}

}  // namespace
}  // namespace immure::judge
