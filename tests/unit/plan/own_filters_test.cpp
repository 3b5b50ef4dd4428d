/// The filters that immure's own processes load. Their answer to each call of each table must be the one in
/// golden/own-filters*.txt.
#include "own_filters.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "cell/filters.hpp"
#include "inspect/filters.hpp"
#include "verify/filters.hpp"

namespace immure::plan {
namespace {

using Instructions = std::span<const sys::Instruction>;

#if defined(__x86_64__)
constexpr const char* kGolden = IMMURE_SOURCE_DIR "/tests/unit/plan/golden/own-filters.txt";
#elif defined(__aarch64__)
constexpr const char* kGolden = IMMURE_SOURCE_DIR "/tests/unit/plan/golden/own-filters-aarch64.txt";
#endif

TEST(OwnFilters, AnswerEveryCallOfEveryTableAsTheGoldenFileSays) {
  const std::pair<const char*, Instructions> filters[] = {
      {"the cell's first process", cell::kInitFilter},
      {"no shared memory", cell::kNoSharedMemory},
      {"the inspector's worker", inspect::kWorkerFilter},
      {"the inspector's coordinator", inspect::kCoordinatorFilter},
      {"the verifier", verify::kFilter},
      {"the verifier without Landlock", verify::kFilterWithoutLandlock}};
  std::string text;
  for (const auto& [name, filter] : filters) text += std::string(name) + "\n" + sweep::swept(filter);
  std::ostringstream golden;
  golden << std::ifstream(kGolden).rdbuf();
  EXPECT_EQ(text, golden.str());
}

namespace seccomp = sys::seccomp;

constexpr auto kSample = seccomp::filter(
    {seccomp::answer(1, seccomp::deny(ENOSYS)), seccomp::narrow(2, 1, seccomp::none_of(6)),
     seccomp::narrow(2, 2, seccomp::one_of({7, 8, 9})), seccomp::when(3, 5, seccomp::all_of(3), seccomp::kKill),
     seccomp::narrow(4, 0, seccomp::one_of({5}))},
    seccomp::deny(EPERM));

std::string sample(std::uint32_t number, const std::array<std::uint64_t, 6>& arguments = {},
                   std::uint32_t architecture = kNativeArch) {
  return sweep::word(evaluate(kSample, {.number = number, .architecture = architecture, .arguments = arguments}));
}

TEST(FilterBuilder, ARuleAnswersACallWhoseArgumentMeetsItsCondition) {
  EXPECT_EQ(sample(1), "ENOSYS");
  EXPECT_EQ(sample(2, {0, 1}), "allow");
  EXPECT_EQ(sample(2, {0, 2}), "EPERM");
  EXPECT_EQ(sample(2, {0, 4}), "EPERM");
  EXPECT_EQ(sample(3, {0, 0, 0, 0, 0, 3}), "kill");
  EXPECT_EQ(sample(3, {0, 0, 0, 0, 0, 7}), "kill");
  EXPECT_EQ(sample(3, {0, 0, 0, 0, 0, 1}), "EPERM");
  EXPECT_EQ(sample(4, {5}), "allow");
  EXPECT_EQ(sample(4, {4}), "EPERM");
}

TEST(FilterBuilder, ASecondRuleMayAnswerWhatTheFirstDidNot) {
  for (const std::uint64_t value : {7U, 8U, 9U}) EXPECT_EQ(sample(2, {0, 6, value}), "allow");
  EXPECT_EQ(sample(2, {0, 6, 6}), "EPERM");
  EXPECT_EQ(sample(2, {0, 6, 10}), "EPERM");
}

TEST(FilterBuilder, TheUpperHalfOfAnArgumentIsNotLookedAt) {
  EXPECT_EQ(sample(4, {5 | std::uint64_t{1} << 40}), "allow");
  EXPECT_EQ(sample(2, {0, std::uint64_t{6} << 32}), "allow");
}

TEST(FilterBuilder, ForeignTablesAreKilledAndX32CallsGetTheDefault) {
  for (const std::uint32_t foreign : {kArchI386, kArchArm, std::uint32_t{0}})
    EXPECT_EQ(sample(4, {5}, foreign), "kill");
  EXPECT_EQ(sample(kX32Bit | 4, {5}), "EPERM");
}

}  // namespace
}  // namespace immure::plan
