/// Every machine judges the evidence of every other machine, by the calls and numbers of the machine that made the
/// evidence.
#include <algorithm>

#include <gtest/gtest.h>
#include <seccomp.h>

#include "../sample/sample.hpp"
#include "judge/edition.hpp"
#include "judge/judge.hpp"
#include "sys/machine.hpp"

namespace immure::judge {
namespace {

using evidence::Evidence;
using sys::Machine;

evidence::Statement good_run_on(Machine machine) { return test::statement_of_a_good_run(present_edition(machine)); }

std::uint32_t libseccomps(Machine machine) {
  return machine == Machine::kX86_64 ? SCMP_ARCH_X86_64 : SCMP_ARCH_AARCH64;
}

TEST(Machines, EvidenceOfEachIsAccepted) {
  const test::Desk desk;
  for (const Machine machine : sys::kMachines) {
    const verify::AttestationResult result = desk.appraise(good_run_on(machine));
    EXPECT_EQ(result.verdict, verify::Verdict::kAccepted) << sys::name(machine) << ": " << result.reason;
  }
}

TEST(Machines, EachHasACatalogueOfItsOwn) {
  EXPECT_NE(present_edition(Machine::kX86_64).catalogue, present_edition(Machine::kAarch64).catalogue);
  const auto has = [](Machine machine, std::string_view id) {
    return std::ranges::find(probe::catalogue(machine), id, &probe::Row::id) != probe::catalogue(machine).end();
  };
  for (const char* id : {"abi/int80-execve", "abi/x32-getpid", "kernel/modify-ldt", "output/set-uid-open"}) {
    EXPECT_TRUE(has(Machine::kX86_64, id)) << id;
    EXPECT_FALSE(has(Machine::kAarch64, id)) << id;
  }
  for (const char* id : {"privilege/pointer-keys", "abi/arm-private-call"}) {
    EXPECT_FALSE(has(Machine::kX86_64, id)) << id;
    EXPECT_TRUE(has(Machine::kAarch64, id)) << id;
    EXPECT_NE(probe::find(id), nullptr) << "known wherever evidence is shown";
  }
}

TEST(Machines, TheCatalogueOfAnotherIsUnknown) {
  const test::Desk desk;
  for (const Machine machine : sys::kMachines) {
    const Machine other = machine == Machine::kX86_64 ? Machine::kAarch64 : Machine::kX86_64;
    evidence::Statement statement = good_run_on(machine);
    statement.predicate.catalogue.sha256 = present_edition(other).catalogue;
    verify::AttestationResult result = desk.appraise(statement);
    EXPECT_EQ(result.verdict, verify::Verdict::kBlocked) << sys::name(machine);
    EXPECT_EQ(result.code.text(), "catalogue-unknown") << sys::name(machine);
    statement = good_run_on(machine);
    statement.predicate.host.architecture = sys::name(other);
    result = desk.appraise(statement);
    EXPECT_EQ(result.verdict, verify::Verdict::kBlocked) << sys::name(machine);
    EXPECT_EQ(result.code.text(), "catalogue-unknown") << sys::name(machine);
  }
}

TEST(Machines, TheProbesOfAnotherProveNothing) {
  const test::Desk desk;
  for (const Machine machine : sys::kMachines) {
    const Machine other = machine == Machine::kX86_64 ? Machine::kAarch64 : Machine::kX86_64;
    evidence::Statement statement = good_run_on(machine);
    statement.predicate.probes = good_run_on(other).predicate.probes;
    test::chain(statement.predicate);
    const verify::AttestationResult result = desk.appraise(statement);
    EXPECT_EQ(result.verdict, verify::Verdict::kBlocked) << sys::name(machine);
    EXPECT_EQ(result.code.text(), "probes-inconsistent") << sys::name(machine);
  }
}

TEST(Machines, AnArchitectureThatIsNotKnownIsBlocked) {
  const test::Desk desk;
  for (const char* architecture : {"", "riscv64", "armv8l", "arm64", "AARCH64", "aarch64 ", "x86_64_", "i686"}) {
    evidence::Statement statement = good_run_on(Machine::kAarch64);
    statement.predicate.host.architecture = architecture;
    const verify::AttestationResult result = desk.appraise(statement);
    EXPECT_EQ(result.verdict, verify::Verdict::kBlocked) << architecture;
    EXPECT_EQ(result.code.text(), "architecture-unknown") << architecture;
    for (const Row& row : judge(statement.predicate, Moment::kFinal).rows) {
      EXPECT_EQ(row.outcome, Outcome::kNotProved) << architecture;
      EXPECT_EQ(row.findings.at(0).code.text(), "architecture-unknown") << architecture;
    }
  }
}

TEST(Machines, AnEarlierEditionThanTheFirstOfAMachineIsUnknown) {
  const test::Desk desk;
  evidence::Statement statement = good_run_on(Machine::kAarch64);
  statement.predicate.catalogue = {"1", std::string(editions(Machine::kX86_64).front().catalogue)};
  EXPECT_EQ(desk.appraise(statement).code.text(), "catalogue-unknown");
}

/// The judge's row for the test of probe `id`, if another layer than the filter answered the probe, and the
/// instructions of the filter let call `number` through.
Row passed_by_filter(Machine machine, std::string_view id, std::uint32_t number) {
  Evidence evidence = good_run_on(machine).predicate;
  const auto record = std::ranges::find(evidence.probes, id, &evidence::ProbeRecord::id);
  record->attribution = record->errno_value;
  auto filter = test::sample_filter(machine);
  const sys::Instruction first[] = {sys::seccomp::load(offsetof(seccomp_data, nr)),
                                    sys::seccomp::jump(BPF_JEQ, number, 0, 1),
                                    sys::seccomp::finish(sys::seccomp::kAllow)};
  filter.insert(filter.begin(), std::begin(first), std::end(first));
  test::set_filter(evidence.filter, filter);
  test::chain(evidence);
  return judge(evidence, Moment::kFinal).rows.at(probe::find(id)->test.index());
}

TEST(Machines, WhatAFilterAllowsIsReadByTheNumbersOfItsMachine) {
  constexpr std::uint32_t kSignalfdX86 = 289, kSignalfdAarch64 = 74;
  const std::string_view id = "kernel/signalfd";
  EXPECT_EQ(passed_by_filter(Machine::kX86_64, id, kSignalfdX86).outcome, Outcome::kHolds);
  EXPECT_EQ(passed_by_filter(Machine::kAarch64, id, kSignalfdAarch64).outcome, Outcome::kHolds);
  for (const Row& row : {passed_by_filter(Machine::kX86_64, id, kSignalfdAarch64),
                         passed_by_filter(Machine::kAarch64, id, kSignalfdX86)}) {
    EXPECT_EQ(row.outcome, Outcome::kDoesNotHold);
    EXPECT_EQ(row.findings.at(0).code.text(), "filter-passed");
  }
}

// Another project, libseccomp, has independent tables for all machines.
TEST(Machines, TheNumbersOfRowsAreThoseOfLibseccomp) {
  for (const Machine machine : sys::kMachines) {
    std::size_t compared = 0;
    for (const probe::Row& row : probe::catalogue(machine)) {
      if (row.nr < 0) continue;
      const int number = ::seccomp_syscall_resolve_name_arch(libseccomps(machine), std::string(row.syscall).c_str());
      // libseccomp knows neither calls that are newer than libseccomp nor names that are no system calls.
      if (number == __NR_SCMP_ERROR) continue;
      EXPECT_EQ(static_cast<std::uint32_t>(row.nr), static_cast<std::uint32_t>(number))
          << row.id << " on " << sys::name(machine);
      ++compared;
    }
    EXPECT_GT(compared, 200U) << sys::name(machine);
  }
}

TEST(Machines, EachRowHasTheNumberOfItsCall) {
  for (const Machine machine : sys::kMachines)
    for (const probe::Row& row : probe::catalogue(machine))
      EXPECT_TRUE(row.nr >= 0 || (row.nr == -1 && (row.run != nullptr || row.syscall == "nr-1"))) << row.id;
}

}  // namespace
}  // namespace immure::judge
