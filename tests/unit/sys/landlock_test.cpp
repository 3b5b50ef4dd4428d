/// Landlock: which flags a kernel gets, and that this kernel takes them.
#include "sys/landlock.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace immure::sys {
namespace {

TEST(Landlock, OnlyAKernelThatKnowsThemGetsFlags) {
  for (const unsigned abi : {1U, 4U, 6U}) EXPECT_EQ(log_only_after_exec(abi), 0U) << abi;
  for (const unsigned abi : {7U, 8U}) EXPECT_EQ(log_only_after_exec(abi), 3U) << abi;
}

TEST(Landlock, ThisKernelTakesTheFlags) {
  const auto abi = landlock_abi();
  if (!abi) GTEST_SKIP() << "kernel: no Landlock here";
  const auto ruleset = new_ruleset(*abi);
  ASSERT_TRUE(ruleset);
  const int child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::_exit(restrict_self(ruleset->get(), log_only_after_exec(*abi)) ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace immure::sys
