/// Good runs that differ from the usual good run: every test must hold for these runs too.
#include <gtest/gtest.h>

#include "../sample/sample.hpp"
#include "judge/judge.hpp"

namespace immure::judge {
namespace {

using evidence::Evidence;
using test::evidence_of_a_good_run;

TEST(Judge, MountsBelowTheInputAreAllowedWhenTheyAreInert) {
  Evidence evidence = evidence_of_a_good_run();
  evidence.input.mounts = {"sub"};
  const evidence::Mount sub{"/in/sub", "tmpfs", {"nodev", "noexec", "nosuid", "ro"}};
  for (auto* mounts : {&evidence.inside->mounts, &evidence.outside[0].mounts, &evidence.outside[1].mounts})
    mounts->insert(mounts->begin() + 2, sub);
  EXPECT_TRUE(judge(evidence, Moment::kFinal).holds());
}

TEST(Judge, AProgramStartsWhereItWasPlanned) {
  for (const char* workdir : {"/in", "/in/sub dir", "/out", "/usr/share"}) {
    Evidence evidence = evidence_of_a_good_run();
    evidence.workdir = evidence.outside[0].cwd = evidence.outside[1].cwd = workdir;
    EXPECT_TRUE(judge(evidence, Moment::kFinal).holds()) << workdir;
  }
}

TEST(Judge, PartsOfTheInputThatWereCopiedAndHashedHold) {
  Evidence evidence = evidence_of_a_good_run();
  evidence.input.staged = true;
  evidence.input.held = "staged: an input of files and directories";
  evidence.input.mounts.reset();
  evidence.input.parts = {{"a.txt", "a.txt", test::kDigestA}, {"../drop", "b", test::kDigestA}};
  EXPECT_TRUE(judge(evidence, Moment::kFinal).holds());
}

TEST(Judge, AnOldKernelsInsideViewMayLackFileSystemTypes) {
  Evidence evidence = evidence_of_a_good_run();
  for (auto& mount : evidence.inside->mounts) mount.type.clear();
  EXPECT_TRUE(judge(evidence, Moment::kFinal).holds());
}

TEST(Judge, NestedPidNamespacesHaveMoreNumbers) {
  Evidence evidence = evidence_of_a_good_run();
  evidence.outside[0].ns_pid = evidence.outside[1].ns_pid = "4711 90 3";
  EXPECT_TRUE(judge(evidence, Moment::kFinal).holds());
}

TEST(Judge, AnEmptyEnvironmentHolds) {
  Evidence evidence = evidence_of_a_good_run();
  evidence.environment.clear();
  evidence.inside->environment.clear();
  evidence.outside[1].environment.clear();
  evidence.outside[1].environment_bytes = 0;
  EXPECT_TRUE(judge(evidence, Moment::kFinal).holds());
}

}  // namespace
}  // namespace immure::judge
