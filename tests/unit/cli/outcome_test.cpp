#include "cli/run/outcome.hpp"

#include <csignal>

#include <gtest/gtest.h>

#include "cli/run/inputs.hpp"
#include "cli/run/workdir.hpp"

namespace immure::cli {
namespace {

using attest::End;
using attest::RunOutcome;

RunOutcome ended(std::vector<std::string> limits, int code = 0) {
  RunOutcome outcome;
  outcome.end = End::kExited;
  outcome.exit_code = code;
  outcome.limits_hit = std::move(limits);
  return outcome;
}

TEST(Outcome, ALimitThatMayCutOutputsIsNoSuccess) {
  EXPECT_EQ(exit_code_of(ended({})), kSuccess);
  for (const char* limit : {"memory", "output-bytes", "output-files"})
    EXPECT_EQ(exit_code_of(ended({limit})), kIncomplete) << limit;
  // A program that may start no more processes gets an error, and goes on or fails by itself.
  EXPECT_EQ(exit_code_of(ended({"processes"})), kSuccess);
  EXPECT_EQ(exit_code_of(ended({"output-bytes"}, 7)), 7);
}

// Each limit that a run can meet has its own message, which says the value, the effect and how to raise the limit.
TEST(Outcome, EachLimitIsToldWithWhatRaisesIt) {
  for (const probe::LimitRow& row : probe::kLimits) {
    if (row.hit_name.empty()) continue;
    const auto lines = limit_lines(ended({std::string(row.hit_name)}), {}, {.input = "in", .output = "out"});
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find("To raise it, "), std::string::npos) << lines[0];
    EXPECT_NE(lines[0].find(row.key == "wall" ? "--timeout" : std::string(row.key)), std::string::npos) << lines[0];
  }
}

TEST(Outcome, FilesThatMayBeCutAndNamesWithoutRoomAreReported) {
  RunOutcome outcome = ended({"output-bytes"});
  outcome.perhaps_cut = {"a", "b", "c", "d"};
  outcome.over_names = true;
  plan::Profile profile;
  profile.limits.output_bytes = 1U << 20;
  const auto lines = limit_lines(outcome, profile, {.input = "in", .output = "report", .profile = "./own.toml"});
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0],
            "limit reached: output-bytes, 1 MiB of output: what does not fit is lost. To raise it, set "
            "`output_bytes` higher in ./own.toml.");
  EXPECT_NE(lines[1].find("room for 8 MiB of file names"), std::string::npos);
  EXPECT_EQ(lines[2], "/out was full, so these files of report may be cut short: a, b, c, and 1 more");
}

TEST(Outcome, TheEndIsReported) {
  const OutcomeNames names{.input = "in", .output = "out"};
  EXPECT_EQ(end_line(ended({}), names), std::nullopt);
  EXPECT_EQ(end_line(ended({}, 2), names), "the program ended with exit code 2");
  RunOutcome outcome;
  outcome.end = End::kSignaled;
  outcome.signal = SIGSEGV;
  EXPECT_EQ(end_line(outcome, names), "the program was killed by SIGSEGV; what it left in out may be incomplete");
  outcome.end = End::kTimeLimit;
  EXPECT_EQ(end_line(outcome, names), "the program was ended at its time limit; what it left in out may be incomplete");
}

TEST(Inputs, ANameStandsBeforeTheFirstEqualsSign) {
  EXPECT_EQ(parse_input("drop")->place, "");
  EXPECT_EQ(parse_input("a=drop/x")->place, "a");
  EXPECT_EQ(parse_input("a=drop/x=y")->path, "drop/x=y");
  EXPECT_EQ(parse_input("./a=b")->path, "./a=b");
  EXPECT_EQ(parse_input("=b")->path, "=b");
  EXPECT_FALSE(parse_input("a="));
  EXPECT_FALSE(parse_input(""));
}

TEST(Workdir, IsAnAbsolutePathThatLeadsNowhereElse) {
  EXPECT_EQ(*parse_workdir("/"), "/");
  EXPECT_EQ(*parse_workdir("/in/"), "/in");
  EXPECT_EQ(*parse_workdir("/in/a b"), "/in/a b");
  for (const char* wrong : {"", "in", "/in/../etc", "/in/.", "/in//a", "//in", ".."})
    EXPECT_FALSE(parse_workdir(wrong)) << wrong;
}

}  // namespace
}  // namespace immure::cli
