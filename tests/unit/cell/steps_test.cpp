/// What immure says of a step that fails, and what an answer means that no process has written.
#include <cstdint>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "cell/spec.hpp"

namespace immure::cell {
namespace {

TEST(Steps, EachSaysWhatFailedAndWhatToDo) {
  for (std::uint32_t step = 0; step <= static_cast<std::uint32_t>(Step::kRunning); ++step) {
    const StepText text = describe(static_cast<Step>(step));
    EXPECT_FALSE(std::string(text.what).empty()) << step;
    EXPECT_FALSE(std::string(text.hint).empty()) << step;
  }
}

TEST(Answers, ThatNobodyWroteAreNoSuccess) {
  const auto page = std::make_unique<Page>();
  forget_answers(*page);
  for (const auto* answers : {&page->control, &page->walls, &page->cell, &page->attribution})
    for (const probe::Answer& answer : *answers) EXPECT_EQ(answer.effect, probe::kNotRun);
}

}  // namespace
}  // namespace immure::cell
