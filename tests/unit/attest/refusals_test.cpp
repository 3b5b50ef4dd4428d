/// Which calls the observer counts as refused, and under which names.
#include "attest/observe/refusals.hpp"

#include <gtest/gtest.h>

namespace immure::attest {
namespace {

Attempt writing(std::string path) { return {.path = std::move(path), .writes = true}; }
Attempt both(std::string path) { return {.path = std::move(path), .reads = true, .writes = true}; }
Attempt reading(std::string path) { return {.path = std::move(path), .reads = true}; }
Attempt directory(std::string path) { return {.path = std::move(path), .makes_directory = true}; }

std::string kind(const Attempt& attempt, const Granted& granted = {}) {
  return std::string(refusal_of(attempt, granted).value_or("none"));
}

TEST(Refusals, APathIsResolvedWithoutTheFileSystem) {
  EXPECT_EQ(normalised("/out/./a//b/../c"), "/out/a/c");
  EXPECT_EQ(normalised("/.."), "/");
  EXPECT_EQ(normalised("/../../tmp/x/"), "/tmp/x");
  EXPECT_EQ(normalised(""), "/");
}

TEST(Refusals, WhatTheCellAllowsIsNone) {
  EXPECT_EQ(kind(writing("/out/a")), "none");
  EXPECT_EQ(kind(writing("/in/../out/a")), "none");
  EXPECT_EQ(kind(directory("/out/a/b")), "none");
  EXPECT_EQ(kind(reading("/in/a")), "none");
  EXPECT_EQ(kind(reading("/etc/passwd")), "none");
}

TEST(Refusals, EachPlaceHasItsKind) {
  EXPECT_EQ(kind(writing("/tmp/a")), "scratch");
  EXPECT_EQ(kind(reading("/var/tmp/a")), "scratch");
  EXPECT_EQ(kind(directory("/dev/shm/a")), "scratch");
  EXPECT_EQ(kind(both("/out/a")), "read-back");
  EXPECT_EQ(kind(reading("/out")), "read-back");
  EXPECT_EQ(kind(writing("/dev/null")), "device");
  EXPECT_EQ(kind(reading("/dev/urandom")), "device");
  EXPECT_EQ(kind(both("/in/a")), "input");
  EXPECT_EQ(kind(writing("/out/../in/a")), "input");
  EXPECT_EQ(kind(writing("/output")), "elsewhere");
  EXPECT_EQ(kind(writing("/tmpfile")), "elsewhere");
  // If a program cannot change its own settings in /proc, it loses no work.
  EXPECT_EQ(kind(writing("/proc/self/coredump_filter")), "none");
  EXPECT_EQ(kind(writing("/process")), "elsewhere");
  EXPECT_EQ(kind(directory("/home/user")), "elsewhere");
}

TEST(Refusals, ScratchAndReadBackAreNoRefusals) {
  EXPECT_EQ(kind(both("/tmp/a"), {.scratch = true}), "none");
  EXPECT_EQ(kind(both("/out/a"), {.scratch = true}), "read-back");
  EXPECT_EQ(kind(both("/out/a"), {.read_back = true}), "none");
  EXPECT_EQ(kind(both("/tmp/a"), {.read_back = true}), "scratch");
}

TEST(Refusals, AreCountedAndSorted) {
  Refusals refusals;
  refusals.note(writing("/tmp/b"));
  refusals.note(both("/out/a"));
  refusals.note(writing("/tmp/../tmp/b"));
  refusals.note(writing("/out/fine"));
  const std::vector<evidence::Refusal> expected = {{1, "/out/a", "read-back"}, {2, "/tmp/b", "scratch"}};
  EXPECT_EQ(refusals.list(), expected);
}

TEST(Refusals, AProgramThatFallsBackToWritingAloneLosesNothing) {
  Refusals refusals;
  refusals.note(both("/out/archive"));
  refusals.note(both("/out/database"));
  refusals.note(writing("/out/archive"));
  const std::vector<evidence::Refusal> expected = {{1, "/out/database", "read-back"}};
  EXPECT_EQ(refusals.list(), expected);
}

TEST(Refusals, AreBoundedWhateverAProgramDoes) {
  Refusals refusals;
  for (int i = 0; i < 5000; ++i) {
    refusals.note(writing("/tmp/" + std::to_string(i)));
    refusals.note(writing("/dev/" + std::to_string(i)));
  }
  const auto list = refusals.list();
  EXPECT_LE(list.size(), evidence::kMaxRefusals);
  std::uint64_t calls = 0;
  for (const evidence::Refusal& refusal : list) calls += refusal.count;
  EXPECT_EQ(calls, 10'000U);
  // A call without a separate entry in the list is counted without its path.
  EXPECT_TRUE(list.front().path.empty());
}

TEST(Refusals, PathsAreVisibleAndShort) {
  Refusals refusals;
  refusals.note(writing("/tmp/\x1b[2J\xff"));
  refusals.note(writing("/tmp/" + std::string(5000, '\xc3') + "\xa4"));
  std::string umlauts = "/tmp/";
  for (int i = 0; i < 1000; ++i) umlauts += "\u00e4";
  refusals.note(writing(umlauts));
  const auto list = refusals.list();
  ASSERT_EQ(list.size(), 3U);
  for (const evidence::Refusal& refusal : list) {
    EXPECT_LE(refusal.path.size(), evidence::kMaxRefusedPath);
    EXPECT_EQ(refusal.path.find('\x1b'), std::string::npos);
  }
  EXPECT_TRUE(list.back().path.ends_with("\u00e4..."));
}

TEST(Refusals, KnowThatTheWorkingDirectoryCannotBeWritten) {
  Refusals absolute;
  absolute.note(writing("/a"));
  EXPECT_FALSE(absolute.in_workdir());
  Refusals relative;
  Attempt attempt = writing("/out/a");
  attempt.from_workdir = true;
  relative.note(attempt);
  EXPECT_FALSE(relative.in_workdir());
  attempt.path = "//a";
  relative.note(attempt);
  EXPECT_TRUE(relative.in_workdir());
}

}  // namespace
}  // namespace immure::attest
