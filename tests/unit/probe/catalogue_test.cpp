#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "probe/catalogue.hpp"
#include "probe/needed.hpp"

namespace immure::probe {
namespace {

TEST(Catalogue, HasAtLeastThreeHundredAndThirtyRowsAndRoomForMore) {
  EXPECT_GE(catalogue().size(), 330U);
  EXPECT_LE(catalogue().size(), kMaxRows);
}

TEST(Catalogue, IdsAreOfTheirBoundaryAndUnique) {
  std::set<std::string_view> seen;
  for (const Row& row : catalogue()) {
    const std::string prefix = std::string(name(row.boundary)) + "/";
    EXPECT_TRUE(row.id.starts_with(prefix)) << row.id;
    for (const char c : row.id.substr(prefix.size()))
      EXPECT_TRUE((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-') << row.id;
    EXPECT_TRUE(seen.insert(row.id).second) << row.id;
    EXPECT_EQ(find(row.id), &row);
  }
  EXPECT_EQ(find("network/never-heard-of"), nullptr);
}

TEST(Catalogue, ASignalIsInASetOnlyByItsOwnNumber) {
  const Answers answers{Answers::kOk, -31};
  EXPECT_TRUE(answers.contains({31, 0, kSignal}));
  EXPECT_FALSE(answers.contains({30, 0, kSignal}));
  EXPECT_FALSE(answers.contains({0, 0, kSignal})) << "no signal has the number 0";
  EXPECT_FALSE(answers.contains({(std::int64_t{1} << 32) + 31, 0, kSignal}));
  EXPECT_FALSE(answers.contains({-31, 0, kSignal}));
}

TEST(Catalogue, NoTwoRowsMakeTheSameCall) {
  const auto same = [](const Row& a, const Row& b) {
    const auto equal = [](const Arg& x, const Arg& y) {
      return x.kind == y.kind && x.number == y.number &&
             std::string_view(x.text != nullptr ? x.text : "") == std::string_view(y.text != nullptr ? y.text : "");
    };
    return a.nr == b.nr && a.syscall == b.syscall && a.run == b.run && std::ranges::equal(a.args, b.args, equal);
  };
  const auto rows = catalogue();
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = i + 1; j < rows.size(); ++j)
      EXPECT_FALSE(same(rows[i], rows[j])) << rows[i].id << " and " << rows[j].id;
}

TEST(Catalogue, EachRowSaysWhatItDemandsAndSinceWhen) {
  for (const Row& row : catalogue()) {
    EXPECT_FALSE(row.cell.empty()) << row.id;
    EXPECT_FALSE(row.syscall.empty()) << row.id;
    ASSERT_FALSE(row.since.empty()) << row.id;
    EXPECT_TRUE(row.since.front() >= '2' && row.since.front() <= '9') << row.id;
    EXPECT_TRUE(row.run != nullptr || row.nr != -1 || row.syscall == "nr-1") << row.id;
  }
}

// For each call that a profile may allow, the row must know what answers the call then, or each run with such a profile
// is BLOCKED.
TEST(Catalogue, ARowIsReadyForAFilterThatLetsItsCallThrough) {
  for (const sys::Machine machine : sys::kMachines)
    for (const Row& row : catalogue(machine)) {
      const bool named =
          row.nr >= 0 && !row.syscall.starts_with("nr") && row.syscall != "x32" && row.syscall != "uprobe";
      if (row.run != nullptr || !named || needed_denial(row.syscall) != nullptr) continue;
      EXPECT_TRUE((row.flags & kFree) != 0 || !row.reach.empty()) << row.id;
    }
}

// The needed denials are more than a list: a probe tries each of them, or the kernel refuses the call by itself.
TEST(Catalogue, ACallThatABoundaryNeedsDeniedSaysWhy) {
  for (const Needed& needed : needed::kCalls) EXPECT_FALSE(needed.because.empty()) << needed.syscall;
}

TEST(Catalogue, ARowHasAControlOrAReason) {
  for (const Row& row : catalogue()) EXPECT_EQ((row.flags & kNoControl) != 0, !row.no_control.empty()) << row.id;
}

// args[1] is the name that the control must find. The name must be absolute, and the runner must be able to make the
// file.
TEST(Catalogue, FixturesAreAbsoluteNames) {
  for (const Row& row : catalogue()) {
    if ((row.flags & kFixture) == 0) continue;
    ASSERT_EQ(row.args[1].kind, Arg::Kind::kText) << row.id;
    const std::string_view path = row.args[1].text;
    EXPECT_TRUE(path.size() > 1 && path.front() == '/' && path.back() != '/') << row.id;
    EXPECT_LT(path.size(), 200U) << row.id;
  }
}

TEST(Catalogue, WhatMayBeTriedAnywhereMakesNoNameAndNeedsNoCell) {
  for (const Row& row : catalogue()) {
    if ((row.flags & kHarmless) == 0) continue;
    // Only openat with O_CREAT makes names, and outside of a cell immure tries such a row with a file without a name
    // (probe/outside.hpp).
    if (row.syscall == "openat" && row.args[2].kind == Arg::Kind::kNumber && (row.args[2].number & 0100) != 0) {
      EXPECT_NE(row.flags & kFixture, 0) << row.id;
    }
    EXPECT_FALSE(row.syscall == "reboot" && row.args[0].number != 0) << row.id;
  }
}

}  // namespace
}  // namespace immure::probe
