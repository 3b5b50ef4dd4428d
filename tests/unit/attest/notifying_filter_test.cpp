#include "attest/observe/notifying_filter.hpp"

#include <array>
#include <cerrno>

#include <gtest/gtest.h>

#include "cell/filters.hpp"
#include "plan/filter/filter.hpp"
#include "sys/bpf_eval.hpp"
#include "sys/numbers.hpp"

namespace immure::attest {
namespace {

using sys::Instruction;
using sys::simulation::Call;
using sys::simulation::evaluate;

std::vector<Instruction> filter_of(std::string_view profile) {
  return plan::builtin_filter(profile).value().instructions;
}

sys::Notification as_notification(const Call& call) {
  return {.number = call.number,
          .architecture = call.architecture,
          .instruction_pointer = call.instruction_pointer,
          .arguments = call.arguments};
}

/// Calls of every table with every argument 0, all ones, and a few flags.
std::vector<Call> many_calls() {
  constexpr std::array<std::uint64_t, 7> kValues = {0, 1, 2, 4, 7, 0x1000, ~0ULL};
  std::vector<Call> calls;
  for (const std::uint32_t architecture :
       {sys::simulation::kNativeArch, sys::simulation::kForeignTables[0].architecture, std::uint32_t{0xdead}})
    for (std::uint32_t number = 0; number < sys::kCallNumbers; ++number)
      for (const std::uint64_t value : kValues)
        for (const std::uint32_t bit : {0U, sys::simulation::kX32Bit})
          calls.push_back({.number = number | bit,
                           .architecture = architecture,
                           .arguments = {value, value, value, value, value, value}});
  return calls;
}

TEST(NotifyingFilter, LetsNothingThroughThatThePlansFilterDenies) {
  for (const std::string_view profile : {"static", "dynamic", "python", "jit", "inspect"}) {
    const auto filter = filter_of(profile);
    const auto made = notifying_filter(filter, cell::kObserveLookups);
    ASSERT_TRUE(made);
    for (const Call& call : many_calls()) {
      const auto planned = evaluate(filter, call);
      const auto answer = evaluate(*made, call);
      ASSERT_TRUE(planned && answer);
      const int denial = denial_of(filter, as_notification(call));
      if (*planned == sys::seccomp::kAllow) {
        // The kernel does an allowed call at once, or when the supervisor has seen its path.
        ASSERT_TRUE(*answer == sys::seccomp::kAllow || *answer == sys::seccomp::kNotify) << call.number;
        ASSERT_EQ(denial, 0) << call.number;
      } else if (*answer == sys::seccomp::kNotify) {
        ASSERT_EQ(sys::seccomp::deny(denial), *planned) << call.number;
      } else {
        ASSERT_EQ(*answer, *planned) << call.number;
        ASSERT_NE(denial, 0) << call.number;
      }
    }
  }
}

TEST(NotifyingFilter, DeniesWhatItDoesNotUnderstand) {
  const std::array<Instruction, 1> endless = {sys::seccomp::load(4096)};
  EXPECT_EQ(denial_of(endless, {}), EPERM);
  EXPECT_EQ(denial_of({}, {}), EPERM);
  const std::array<Instruction, 1> notifies = {sys::seccomp::finish(sys::seccomp::kNotify)};
  EXPECT_EQ(denial_of(notifies, {}), EPERM);
}

TEST(NotifyingFilter, IsNoLongerThanTheKernelTakes) {
  const std::vector<Instruction> longest(sys::kMaxInstructions, sys::seccomp::finish(sys::seccomp::kAllow));
  const auto made = notifying_filter(longest, cell::kObserveLookups);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kBadInput);
}

}  // namespace
}  // namespace immure::attest
