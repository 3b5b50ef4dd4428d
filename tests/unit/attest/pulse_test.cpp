#include "attest/pulse.hpp"

#include <csignal>

#include <gtest/gtest.h>

namespace immure::attest {
namespace {

constexpr Received kNone{};
constexpr Received kInterrupt{.signal = SIGINT, .at_ms = 50'000};

/// A child that last looked at the clock at 10 s, in a phase that ends at 60 s.
class Stalled : public testing::Test {
 protected:
  Stalled() {
    pulse_.looked_ms = 10'000;
    pulse_.end_ms = 60'000;
    pulse_.phase_ms = 1'500;
    pulse_.doing = {"the input was listed"};
  }
  Pulse pulse_;
};

TEST_F(Stalled, AChildIsNotStalledBeforeTheEndOfItsPhase) { EXPECT_FALSE(stalled(pulse_, kNone, 59'999, false)); }

TEST_F(Stalled, AChildIsStalledTwoSecondsAfterTheEndOfItsPhase) {
  EXPECT_FALSE(stalled(pulse_, kNone, 61'999, false));
  const auto error = stalled(pulse_, kNone, 62'000, false);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Code::kInterrupted);
  EXPECT_EQ(error->signal, 0);
  EXPECT_EQ(error->what, "1.500 s had passed while the input was listed, and a file system did not answer");
}

TEST_F(Stalled, AChildIsStalledTwoSecondsAfterASignal) {
  EXPECT_FALSE(stalled(pulse_, kInterrupt, 51'999, false));
  const auto error = stalled(pulse_, kInterrupt, 52'000, false);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->signal, SIGINT);
  EXPECT_EQ(error->what, "SIGINT arrived while the input was listed, and a file system did not answer");
}

TEST_F(Stalled, ABusyChildIsNotBlamedOnAFileSystem) {
  const auto error = stalled(pulse_, kInterrupt, 52'000, true);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->what, "SIGINT arrived while the input was listed, and this work did not stop within 2 s");
  EXPECT_EQ(error->hint, "");
}

TEST_F(Stalled, AChildThatLooksAtTheClockIsNotStalled) {
  pulse_.looked_ms = 61'000;
  EXPECT_FALSE(stalled(pulse_, kInterrupt, 62'999, false));
  EXPECT_TRUE(stalled(pulse_, kInterrupt, 63'000, false));
}

TEST_F(Stalled, AChildThatWaitsForASignalIsNotStalled) {
  pulse_.waiting = true;
  EXPECT_FALSE(stalled(pulse_, kInterrupt, 100'000, false));
}

TEST_F(Stalled, ASignalThatWasPassedOnToTheProgramEndsNothing) {
  pulse_.passed_on_ms = 50'000;
  EXPECT_FALSE(stalled(pulse_, kInterrupt, 59'999, false));
  // A later signal ends the run.
  EXPECT_TRUE(stalled(pulse_, {.signal = SIGTERM, .at_ms = 55'000}, 57'000, false));
}

TEST_F(Stalled, WithoutAPhaseOnlyASignalCounts) {
  pulse_.end_ms = 0;
  EXPECT_FALSE(stalled(pulse_, kNone, 100'000, false));
  EXPECT_TRUE(stalled(pulse_, kInterrupt, 100'000, false));
}

TEST_F(Stalled, ToEndACellTakesLonger) {
  pulse_.stopped_ms = 60'000;
  EXPECT_TRUE(stalled(pulse_, kNone, 62'000, false));
  pulse_.has_cell = true;
  EXPECT_FALSE(stalled(pulse_, kNone, 119'999, false));
  EXPECT_TRUE(stalled(pulse_, kNone, 120'000, false));
}

TEST_F(Stalled, ToRemoveAnUnfinishedImageTakesLonger) {
  pulse_.stopped_ms = 60'000;
  pulse_.packing = true;
  EXPECT_FALSE(stalled(pulse_, kNone, 79'999, false));
  const auto error = stalled(pulse_, kNone, 80'000, false);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->what,
            "1.500 s had passed while the input was listed, and it took too long to remove the unfinished image");
}

TEST_F(Stalled, AFileSystemHoldsAChildThatPacksAndDoesNotLook) {
  pulse_.packing = true;
  const auto error = stalled(pulse_, kNone, 62'000, false);
  ASSERT_TRUE(error);
  EXPECT_NE(error->what.find("a file system did not answer"), std::string::npos);
}

}  // namespace
}  // namespace immure::attest
