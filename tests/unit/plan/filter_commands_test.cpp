/// Calls whose command is an argument: fcntl, ioctl, prctl.
#include <gtest/gtest.h>

#include <asm/unistd.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "filter_answers.hpp"
#include "plan/filter/constants.hpp"
#include "sys/machine.hpp"

namespace immure::plan {
namespace {

using namespace sweep;

TEST(Filter, FcntlSetsNoFlagThatReachesAnother) {
  constexpr std::uint64_t kHigh = std::uint64_t{1} << 32U;
  for (const std::string& profile : kProfiles) {
    const auto filter = filter_of(profile).instructions;
    for (const std::uint64_t flags : {0, O_WRONLY | O_NONBLOCK, O_RDWR | O_APPEND})
      for (const std::uint64_t as_told : {flags, flags | constant_named("O_LARGEFILE", sys::kThisMachine)->value})
        EXPECT_EQ(answer(filter, __NR_fcntl, {0, F_SETFL, as_told}), kRetAllow) << as_told;
    for (const std::uint64_t flags : {O_ASYNC, O_ASYNC | O_NONBLOCK, O_DIRECT, O_NOATIME, O_CREAT})
      EXPECT_EQ(answer(filter, __NR_fcntl, {0, F_SETFL, flags}), kEperm) << flags;
    EXPECT_EQ(answer(filter, __NR_fcntl, {0, F_SETFL | kHigh, O_ASYNC}), kEperm);
  }
}

TEST(Filter, FcntlKnowsDescriptorFlagsAndDuplicatesOnly) {
  for (const std::string& profile : kProfiles) {
    const auto filter = filter_of(profile).instructions;
    for (const std::uint64_t command : {F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC})
      EXPECT_EQ(answer(filter, __NR_fcntl, {0, command}), kRetAllow) << command;
    for (const std::uint64_t command : {8, 9, 10, 1024, 1025, 1026, 1031, 1033})
      EXPECT_EQ(answer(filter, __NR_fcntl, {0, command}), kEperm) << command;
  }
}

TEST(Filter, IoctlIsComparedAsTheKernelReadsIt) {
  constexpr std::uint64_t kHigh = std::uint64_t{1} << 32U;
  for (const std::string& profile : kProfiles) {
    const auto filter = filter_of(profile).instructions;
    for (const std::uint64_t request : {TCGETS, FIOCLEX, FIONCLEX})
      EXPECT_EQ(answer(filter, __NR_ioctl, {0, request}), kRetAllow);
    for (const std::uint64_t request : {0x5412UL /* TIOCSTI */, 0x541cUL /* TIOCLINUX */, 0x5452UL /* FIOASYNC */,
                                        0x8912UL /* SIOCGIFCONF */, 0x40049409UL /* FICLONE */}) {
      EXPECT_EQ(answer(filter, __NR_ioctl, {0, request}), kEperm) << request;
      EXPECT_EQ(answer(filter, __NR_ioctl, {0, request | kHigh}), kEperm) << request;
    }
  }
}

TEST(Filter, PrctlKnowsNamesAndReadsOnly) {
  for (const std::string& profile : kProfiles) {
    const auto filter = filter_of(profile).instructions;
    for (const std::uint64_t option : {16UL, 21UL, 39UL, 0x53564d41UL})
      EXPECT_EQ(answer(filter, __NR_prctl, {option}), kRetAllow);
    EXPECT_EQ(answer(filter, __NR_prctl, {4, 0}), profile == "inspect" ? kEperm : kFeigned);
    EXPECT_EQ(answer(filter, __NR_prctl, {4, 1}), kEperm);
    // NAME, SECCOMP, CAPBSET_DROP, SECUREBITS, MM, SUBREAPER, AMBIENT, MDWE, PTRACER
    for (const std::uint64_t option : {15UL, 22UL, 24UL, 28UL, 35UL, 36UL, 47UL, 65UL, 0x59616d61UL})
      EXPECT_EQ(answer(filter, __NR_prctl, {option}), kEperm) << option;
  }
  EXPECT_EQ(answer("inspect", __NR_prctl, {38, 1}), kRetAllow);
  EXPECT_EQ(answer("static", __NR_prctl, {38, 1}), kEperm);
}

}  // namespace
}  // namespace immure::plan
