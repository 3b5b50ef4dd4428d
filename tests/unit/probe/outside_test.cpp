#include <gtest/gtest.h>

#include <dirent.h>
#include <cerrno>
#include <csignal>
#include <vector>

#include "probe/outside.hpp"

namespace immure::probe {
namespace {

Answer refused(int number) { return {.ret = -1, .errno_value = number}; }

TEST(Outside, TellsADenialFromAWeakAnswerAndALeak) {
  const Row& row = *find("network/socket-inet-stream");
  EXPECT_EQ(appraise_outside(row, refused(EPERM)), Found::kHolds);
  EXPECT_EQ(appraise_outside(row, refused(EINVAL)), Found::kWeak);
  EXPECT_EQ(appraise_outside(row, {.ret = 3}), Found::kLeaks);
  EXPECT_EQ(appraise_outside(row, refused(ENOSYS)), Found::kNotTestable);
  EXPECT_EQ(appraise_outside(row, {.ret = -1, .effect = kNotRun}), Found::kNotTestable);
}

TEST(Outside, TakesTheAnswerOfMountsAndIdsToo) {
  EXPECT_EQ(appraise_outside(*find("network/connect-loopback-v4"), refused(ENETUNREACH)), Found::kHolds);
  EXPECT_EQ(appraise_outside(*find("input/unlink"), refused(EROFS)), Found::kHolds);
  EXPECT_EQ(appraise_outside(*find("input/unlink"), refused(ENOENT)), Found::kWeak);
  EXPECT_EQ(appraise_outside(*find("privilege/capabilities"), {.ret = 0}), Found::kHolds);
  EXPECT_EQ(appraise_outside(*find("privilege/capabilities"), refused(EEXIST)), Found::kLeaks);
}

TEST(Outside, AnEffectIsALeakWhateverTheAnswer) {
  EXPECT_EQ(appraise_outside(*find("filesystem/write-tmp"), {.ret = -1, .errno_value = ENOENT, .effect = kCreated}),
            Found::kLeaks);
}

#if defined(__x86_64__)
TEST(Outside, AForeignCallThatIsKilledHoldsAndOneThatFaultsSaysNothing) {
  const Row& row = *find("abi/int80-execve");
  EXPECT_EQ(appraise_outside(row, {.ret = SIGSYS, .effect = kSignal}), Found::kHolds);
  EXPECT_EQ(appraise_outside(row, {.ret = SIGSEGV, .effect = kSignal}), Found::kNotTestable);
}
#endif

TEST(Outside, TheWorstCounts) {
  EXPECT_EQ(worse(Found::kNotTestable, Found::kHolds), Found::kHolds);
  EXPECT_EQ(worse(Found::kHolds, Found::kWeak), Found::kWeak);
  EXPECT_EQ(worse(Found::kLeaks, Found::kWeak), Found::kLeaks);
}

std::size_t names_in(const char* directory) {
  std::size_t count = 0;
  DIR* opened = ::opendir(directory);
  if (opened == nullptr) return 0;
  while (::readdir(opened) != nullptr) ++count;
  ::closedir(opened);
  return count;
}

// This test may run without a sandbox, or in one that immure does not know. In both cases the function must try only
// harmless rows, and must leave nothing behind.
TEST(Outside, TriesHarmlessRowsAloneAndLeavesNothingBehind) {
  const std::size_t root = names_in("/"), descriptors = names_in("/proc/self/fd");
  std::vector<Answer> answers(catalogue().size());
  try_outside(answers);
  std::size_t tried = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Row& row = catalogue()[i];
    if ((answers[i].effect & kNotRun) == 0) ++tried;
    if ((row.flags & kHarmless) == 0) {
      EXPECT_NE(answers[i].effect & kNotRun, 0U) << row.id;
    }
  }
  EXPECT_GT(tried, 200U);
  EXPECT_EQ(names_in("/"), root);
  EXPECT_EQ(names_in("/proc/self/fd"), descriptors);
}

}  // namespace
}  // namespace immure::probe
