#include <gtest/gtest.h>

#include <asm/unistd.h>
#include <sys/mman.h>
#include <algorithm>

#include "../file/temp_dir.hpp"
#include "filter_answers.hpp"
#include "plan/filter/cookie.hpp"
#include "plan/profile.hpp"

namespace immure::plan {
namespace {

using namespace sweep;

constexpr ExecCookie kCookie{.high = 0x11223344U, .descriptor = 256, .tail = 0xaabbccdd55667788ULL};
constexpr Arguments kRight = {0x1122334400000100ULL, 1, 2, 3, 0x1000, 0xaabbccdd55667788ULL};

TEST(Cookie, LetsExactlyTheRightExecThrough) {
  for (const std::string& profile : kProfiles) {
    const auto bound = bind_cookie(filter_of(profile), kCookie);
    ASSERT_TRUE(bound);
    EXPECT_EQ(answer(*bound, __NR_execveat, kRight), kRetAllow);
    // Change each half of each register, and each single bit.
    for (const std::size_t argument : {0U, 4U, 5U}) {
      for (unsigned bit = 0; bit < 64; ++bit) {
        Arguments wrong = kRight;
        wrong.at(argument) ^= std::uint64_t{1} << bit;
        ASSERT_EQ(answer(*bound, __NR_execveat, wrong), kEperm)
            << profile << " argument " << argument << " bit " << bit;
      }
    }
  }
}

TEST(Cookie, DescriptorAloneIsNotEnough) {
  const auto bound = bind_cookie(filter_of("dynamic"), kCookie);
  ASSERT_TRUE(bound);
  EXPECT_EQ(answer(*bound, __NR_execveat, {256, 1, 2, 3, 0x1000, 0}), kEperm);
  EXPECT_EQ(answer(*bound, __NR_execveat, {256, 1, 2, 3, 0x1000, kCookie.tail}), kEperm);
  EXPECT_EQ(answer(*bound, __NR_execveat, {kRight[0], 1, 2, 3, 0x1000, 0}), kEperm);
}

TEST(Cookie, StandInsNeverPassOnceBound) {
  const auto bound = bind_cookie(filter_of("dynamic"), kCookie);
  ASSERT_TRUE(bound);
  const auto word = [](std::uint64_t high, std::uint64_t low) { return high << 32U | low; };
  EXPECT_EQ(answer(*bound, __NR_execveat, {word(kFirstHigh, kFirstLow), 0, 0, 0, 0x1000, word(kSixthHigh, kSixthLow)}),
            kEperm);
}

TEST(Cookie, ASecretThatLooksLikeAStandInIsBoundAllTheSame) {
  const ExecCookie odd{
      .high = kFirstLow, .descriptor = kFirstHigh, .tail = std::uint64_t{kFirstLow} << 32U | kSixthHigh};
  const auto bound = bind_cookie(filter_of("static"), odd);
  ASSERT_TRUE(bound);
  EXPECT_EQ(answer(*bound, __NR_execveat, {std::uint64_t{kFirstLow} << 32U | kFirstHigh, 0, 0, 0, 0x1000, odd.tail}),
            kRetAllow);
}

TEST(Cookie, RefusesAFilterWhoseStandInsAreNotInTheirPlace) {
  const FilterProgram good = filter_of("static");
  EXPECT_FALSE(bind_cookie(FilterProgram{}, kCookie));
  const auto where =
      std::ranges::find(good.instructions, kSixthLow, &sys::Instruction::operand) - good.instructions.begin();
  ASSERT_GT(where, 0);
  FilterProgram missing = good, doubled = good, moved = good;
  missing.instructions[static_cast<std::size_t>(where)].operand = 0;
  doubled.instructions.push_back(good.instructions[static_cast<std::size_t>(where - 1)]);
  doubled.instructions.push_back(good.instructions[static_cast<std::size_t>(where)]);
  moved.instructions[static_cast<std::size_t>(where - 1)].operand = 16;
  for (const FilterProgram& bad : {missing, doubled, moved}) {
    const auto bound = bind_cookie(bad, kCookie);
    ASSERT_FALSE(bound);
    EXPECT_EQ(bound.error().code, Code::kInternal);
  }
}

TEST(Cookie, DigestDoesNotDependOnIt) {
  const FilterProgram filter = filter_of("static");
  const auto again = compile_filter(*builtin_filter_json("static"), "static", {});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->sha256, filter.sha256);
  EXPECT_EQ(again->source_sha256, filter.source_sha256);
  EXPECT_EQ(again->instructions, filter.instructions);
}

TEST(DenialErrno, ChangesWhatIsDeniedAndNothingElse) {
  const FilterProgram filter = filter_of("dynamic");
  const auto changed = with_denial_errno(filter.instructions, 1000);
  for (std::uint32_t number = 0; number < kSwept; ++number) {
    const std::uint32_t before = answer(filter.instructions, number), after = answer(changed, number);
    ASSERT_EQ(after, (before & 0xffff0000U) == kRetErrno ? kRetErrno | 1000U : before) << number;
  }
  EXPECT_EQ(answer(filter.instructions, __NR_clone3), kEnosys);
}

TEST(FilterFor, TakesTheBuiltInWhenNothingWidensIt) {
  const auto profile = builtin_profile("dynamic");
  const auto filter = filter_for(*profile);
  ASSERT_TRUE(filter);
  EXPECT_EQ(filter->sha256, filter_of("dynamic").sha256);
}

TEST(FilterFor, JitHasItsOwnFilter) {
  const auto filter = filter_for(*builtin_profile("jit"));
  ASSERT_TRUE(filter);
  EXPECT_EQ(filter->sha256, filter_of("jit").sha256);
}

TEST(FilterFor, AddsExactlyTheNamedCalls) {
  Profile profile = *builtin_profile("dynamic");
  profile.unsafe_syscalls = {"mlockall", "clone3"};
  const auto filter = filter_for(profile);
  ASSERT_TRUE(filter) << to_text(filter.error());
  const auto plain = filter_of("dynamic");
  for (std::uint32_t number = 0; number < kSwept; ++number) {
    const bool added = number == __NR_mlockall || number == __NR_clone3;
    ASSERT_EQ(answer(filter->instructions, number), added ? kRetAllow : answer(plain.instructions, number)) << number;
  }
  EXPECT_NE(filter->source_sha256, plain.source_sha256);
  EXPECT_TRUE(bind_cookie(*filter, kCookie));
}

TEST(FilterFor, WritableCodeOpensMemoryCallsAlone) {
  Profile profile = *builtin_profile("static");
  profile.unsafe_writable_code = true;
  const auto filter = filter_for(profile);
  ASSERT_TRUE(filter);
  EXPECT_EQ(answer(filter->instructions, __NR_mprotect, {0, 0, PROT_EXEC}), kRetAllow);
  EXPECT_EQ(answer(filter->instructions, __NR_mmap, {0, 0, 7, MAP_PRIVATE | MAP_ANONYMOUS}), kRetAllow);
  EXPECT_EQ(answer(filter->instructions, __NR_pkey_mprotect), kEperm);
}

TEST(FilterFor, NoKeyAllowsAnotherExec) {
  for (const char* name : {"execve", "execveat"}) {
    Profile profile = *builtin_profile("dynamic");
    profile.unsafe_syscalls = {name};
    const auto filter = filter_for(profile);
    ASSERT_FALSE(filter);
    EXPECT_EQ(filter.error().code, Code::kBadInput);
  }
}

TEST(FilterFor, ReadsAnOperatorsOwnFile) {
  const test::TempDir dir;
  Profile profile = *builtin_profile("dynamic");
  profile.unsafe_seccomp_file = dir.write("own.json", *builtin_filter_json("static"));
  const auto filter = filter_for(profile);
  ASSERT_TRUE(filter);
  EXPECT_EQ(filter->sha256, filter_of("static").sha256);
  profile.unsafe_seccomp_file = dir / "missing.json";
  EXPECT_FALSE(filter_for(profile));
}

}  // namespace
}  // namespace immure::plan
