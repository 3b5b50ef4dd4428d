#include "attest/engine/program.hpp"

#include <gtest/gtest.h>

#include "sys/clock.hpp"

namespace immure::attest {
namespace {

Command shell(const std::string& script) { return {.argv = {"/bin/sh", "-c", script}, .as = {}, .inherited = {}}; }

TEST(Program, OneThatWritesMoreThanAPipeHoldsIsNotHeldUp) {
  const std::int64_t start = sys::monotonic_ms();
  const auto text = run_program(shell("head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero; exit 0"), {});
  ASSERT_TRUE(text) << to_text(text.error());
  EXPECT_EQ(text->size(), std::size_t{64} << 10);
  EXPECT_LT(sys::monotonic_ms() - start, 30'000);
}

TEST(Program, WhatItComplainsOfIsOneLine) {
  const auto text = run_program(shell("printf 'first\\n\\n  second \\n' >&2; exit 7"), {});
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().what, "ended with 7: first; second");
}

TEST(Program, TheEndOfALongComplaintIsReported) {
  const auto text =
      run_program(shell("i=0; while [ $i -lt 2000 ]; do echo warning >&2; i=$((i+1)); done; echo why >&2; exit 1"), {});
  ASSERT_FALSE(text);
  EXPECT_TRUE(text.error().what.ends_with("warning; why")) << text.error().what;
  EXPECT_LT(text.error().what.size(), 700U);
}

TEST(Program, OneThatNeverStopsWritingIsKilledInTime) {
  auto program = Program::start(shell("exec cat /dev/zero"));
  ASSERT_TRUE(program);
  EXPECT_EQ(program->wait(200), 255);
}

}  // namespace
}  // namespace immure::attest
