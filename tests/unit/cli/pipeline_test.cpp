#include "cli/run/pipeline.hpp"

#include <gtest/gtest.h>

namespace immure::cli {
namespace {

TEST(Pipeline, IsDividedAtEachWord) {
  const auto stages = split_pipeline({"a", "1", "|", "b", "|", "c", "||", "-|"}, "|");
  ASSERT_TRUE(stages);
  ASSERT_EQ(stages->size(), 3U);
  EXPECT_EQ((*stages)[0].program, "a");
  EXPECT_EQ((*stages)[0].arguments, std::vector<std::string>{"1"});
  EXPECT_EQ((*stages)[1].program, "b");
  EXPECT_TRUE((*stages)[1].arguments.empty());
  EXPECT_EQ((*stages)[2].arguments, (std::vector<std::string>{"||", "-|"}));
}

TEST(Pipeline, OneProgramIsOneStage) {
  const auto stages = split_pipeline({"tr", "|", ","}, "then");
  ASSERT_TRUE(stages);
  ASSERT_EQ(stages->size(), 1U);
  EXPECT_EQ(stages->front().arguments, (std::vector<std::string>{"|", ","}));
}

TEST(Pipeline, MustHaveAProgramOnBothSides) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"|", "a"}, {"a", "|"}, {"a", "|", "|", "b"}, {"|"}}) {
    const auto stages = split_pipeline(words, "|");
    ASSERT_FALSE(stages);
    EXPECT_EQ(stages.error().code, Code::kUsage);
    EXPECT_NE(stages.error().hint.find("--pipe WORD"), std::string::npos);
  }
}

TEST(Pipeline, HasAMostNumberOfPrograms) {
  std::vector<std::string> words{"a"};
  for (std::uint32_t i = 1; i < evidence::kMostStages; ++i) words.insert(words.end(), {"|", "a"});
  EXPECT_TRUE(split_pipeline(words, "|"));
  words.insert(words.end(), {"|", "a"});
  EXPECT_FALSE(split_pipeline(words, "|"));
}

TEST(Pipeline, PlansGetTheirPlaces) {
  std::vector<plan::Plan> plans(3);
  for (plan::Plan& plan : plans) plan.standard_input = plan.standard_output = "file";
  ASSERT_TRUE(join_plans(plans));
  EXPECT_EQ(plans[1].stage, 2U);
  EXPECT_EQ(plans[1].stages, 3U);
  EXPECT_EQ(plans[0].standard_input, "file");
  EXPECT_EQ(plans[0].standard_output, "");
  EXPECT_EQ(plans[1].standard_input + plans[1].standard_output, "");
  EXPECT_EQ(plans[2].standard_output, "file");
  EXPECT_TRUE(plans[2].reads_pipe());
  EXPECT_FALSE(plans[2].feeds_next());
}

TEST(Pipeline, OneProgramHasNoPlace) {
  std::vector<plan::Plan> plans(1);
  plans[0].standard_input = "file";
  ASSERT_TRUE(join_plans(plans));
  EXPECT_EQ(plans[0].stages, 0U);
  EXPECT_EQ(plans[0].standard_input, "file");
}

TEST(Pipeline, StagesHaveTheSameLimits) {
  std::vector<plan::Plan> plans(2);
  plans[0].profile.limits.memory_bytes = 1 << 20;
  const auto joined = join_plans(plans);
  ASSERT_FALSE(joined);
  EXPECT_NE(joined.error().where.find("memory"), std::string::npos);
}

TEST(Pipeline, NeedsRoomForAllCells) {
  std::vector<plan::Plan> plans(2);
  for (plan::Plan& plan : plans) plan.profile.limits.processes = 17;
  EXPECT_FALSE(join_plans(plans));
  for (plan::Plan& plan : plans) plan.profile.limits.processes = 18;
  EXPECT_TRUE(join_plans(plans));
}

}  // namespace
}  // namespace immure::cli
