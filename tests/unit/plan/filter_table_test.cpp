// The whole table of system calls. Compares the answers of the compiled filters with the rules of their sources, which
// this test evaluates without the compiler.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include <asm/unistd.h>
#include <seccomp.h>

#include "filter_answers.hpp"
#include "plan/filter/filter_source.hpp"
#include "sys/numbers.hpp"

namespace immure::plan {
namespace {

using namespace sweep;

bool holds(const ArgumentRule& rule, const Arguments& arguments) {
  const std::uint64_t value = arguments.at(rule.index);
  switch (rule.compare) {
    case Compare::kNotEqual: return value != rule.value;
    case Compare::kLess: return value < rule.value;
    case Compare::kLessEqual: return value <= rule.value;
    case Compare::kEqual: return value == rule.value;
    case Compare::kGreaterEqual: return value >= rule.value;
    case Compare::kGreater: return value > rule.value;
    case Compare::kMaskedEqual: return (value & rule.value) == rule.second;
  }
  return false;
}

/// The answer that the source gives to a call, found by the name of the call.
std::uint32_t said(const FilterSource& source, const std::string& name, const Arguments& arguments) {
  for (const FilterRule& rule : source.rules) {
    if (std::ranges::find(rule.names, name) == rule.names.end()) continue;
    if (!std::ranges::all_of(rule.arguments, [&](const ArgumentRule& one) { return holds(one, arguments); })) continue;
    return rule.action == Action::kAllow ? kRetAllow : kRetErrno | rule.number;
  }
  return kRetErrno | source.default_errno;
}

/// Arguments that equal, or nearly equal, a value with which a rule for the call compares an argument.
std::set<Arguments> classes(const FilterSource& source, const std::string& name) {
  std::set<Arguments> all = {Arguments{}, {kOnes, kOnes, kOnes, kOnes, kOnes, kOnes}};
  for (const FilterRule& rule : source.rules) {
    if (std::ranges::find(rule.names, name) == rule.names.end()) continue;
    Arguments good{};
    for (const ArgumentRule& one : rule.arguments)
      good.at(one.index) = one.compare == Compare::kMaskedEqual ? one.second : one.value;
    all.insert(good);
    for (const ArgumentRule& one : rule.arguments) {
      for (unsigned bit = 0; bit < 64; ++bit) {
        Arguments near = good;
        near.at(one.index) ^= std::uint64_t{1} << bit;
        all.insert(near);
      }
      for (const std::uint64_t step : {std::uint64_t{1}, kOnes}) {
        Arguments near = good;
        near.at(one.index) += step;
        all.insert(near);
      }
    }
  }
  return all;
}

std::string name_of(std::uint32_t number) {
  char* found = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, static_cast<int>(number));
  std::string name = found != nullptr ? found : "";
  ::free(found);
  return name;
}

TEST(FilterTable, EveryNumberAnswersAsItsSourceSays) {
  for (const std::string& profile : kProfiles) {
    const auto filter = filter_of(profile).instructions;
    const auto json = builtin_filter_json(profile);
    ASSERT_TRUE(json);
    const auto source = parse_filter_source(*json, profile);
    ASSERT_TRUE(source) << profile;
    std::size_t compared = 0;
    for (std::uint32_t number = 0; number <= sys::nr::kLast; ++number) {
      const std::string name = name_of(number);
      for (const Arguments& arguments : classes(*source, name)) {
        ASSERT_EQ(answer(filter, number, arguments), said(*source, name, arguments)) << profile << " " << name;
        ++compared;
      }
    }
    EXPECT_GT(compared, 2U * sys::nr::kLast) << profile;
  }
}

TEST(FilterTable, ForeignTablesAreRefusedWhateverTheArguments) {
  const std::vector<Arguments> some = {Arguments{}, {kOnes, kOnes, kOnes, kOnes, kOnes, kOnes}, {1, 1, 1, 1, 1, 1}};
  for (const std::string& profile : kProfiles) {
    const auto filter = filter_of(profile).instructions;
    for (std::uint32_t number = 0; number < kSwept; ++number) {
      for (const Arguments& arguments : some) {
        for (const std::uint32_t architecture : {kArchX86_64, kArchI386, kArchAarch64}) {
          if (architecture == kNativeArch) continue;
          ASSERT_EQ(answer(filter, number, arguments, architecture), kEperm) << profile << " " << number;
        }
#if defined(__x86_64__)
        ASSERT_EQ(answer(filter, number | kX32Bit, arguments), kEperm) << profile << " " << number;
#endif
      }
    }
  }
}

TEST(FilterTable, WhatIsLetThroughIsReadFromTheInstructionsAlone) {
  for (const std::string& profile : kProfiles) {
    const auto filter = builtin_filter(profile);
    const auto calls = answered_calls(profile);
    ASSERT_TRUE(filter && calls) << profile;
    std::vector<std::uint32_t> allowed;
    for (const AnsweredCall& call : *calls)
      if (call.allowed) allowed.push_back(call.number);
    // execveat is allowed only with the cookie of the run, for which the source has no rule.
    allowed.insert(std::ranges::lower_bound(allowed, __NR_execveat), __NR_execveat);
    EXPECT_EQ(let_through(filter->instructions, kNativeArch, 0), allowed) << profile;
    for (const auto& [architecture, first] : kForeignTables)
      EXPECT_TRUE(let_through(filter->instructions, architecture, first).empty()) << profile;
  }
}

TEST(FilterTable, AnUnknownInstructionCountsAsLettingEverythingThrough) {
  constexpr std::uint16_t kStore = 0x02;
  const std::vector<sys::Instruction> strange{{kStore, 0, 0, 0}, {bpf::kReturn, 0, 0, kRetErrno | 1U}};
  const std::vector<sys::Instruction> endless{{bpf::kLoad, 0, 0, 0}, {bpf::kJumpEqual, 1, 9, 3}};
  EXPECT_EQ(let_through(strange, kNativeArch, 0).size(), sys::kCallNumbers);
  EXPECT_EQ(let_through(endless, kNativeArch, 0).size(), sys::kCallNumbers);
}

TEST(FilterTable, AnArgumentMayBeAnything) {
  // This filter allows call 7 if its first argument is 5, and call 8 never.
  const std::vector<sys::Instruction> filter{{bpf::kLoad, 0, 0, 0},           {bpf::kJumpEqual, 0, 3, 7},
                                             {bpf::kLoad, 0, 0, 16},          {bpf::kJumpEqual, 0, 1, 5},
                                             {bpf::kReturn, 0, 0, kRetAllow}, {bpf::kReturn, 0, 0, kRetErrno | 1U}};
  EXPECT_EQ(let_through(filter, kNativeArch, 0), std::vector<std::uint32_t>{7});
}

TEST(FilterTable, WhatIsListedIsWhatIsAllowed) {
  for (const std::string& profile : kProfiles) {
    const auto calls = answered_calls(profile);
    ASSERT_TRUE(calls) << profile;
    const auto listed = [&](std::uint32_t number) {
      const auto found = std::ranges::find(*calls, number, &AnsweredCall::number);
      return found == calls->end() ? nullptr : &*found;
    };
    ASSERT_NE(listed(__NR_read), nullptr);
    EXPECT_TRUE(listed(__NR_read)->allowed && listed(__NR_read)->always);
    ASSERT_NE(listed(__NR_openat), nullptr);
    EXPECT_TRUE(listed(__NR_openat)->allowed && !listed(__NR_openat)->always);
    ASSERT_NE(listed(__NR_clone3), nullptr);
    EXPECT_EQ(listed(__NR_clone3)->error, 38);
    EXPECT_EQ(listed(__NR_socket), nullptr);
    EXPECT_EQ(listed(__NR_execve), nullptr);
    EXPECT_EQ(listed(__NR_seccomp) != nullptr, profile == "inspect");
  }
}

}  // namespace
}  // namespace immure::plan
