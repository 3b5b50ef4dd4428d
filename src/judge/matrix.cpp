#include <algorithm>
#include <array>
#include <string>

#include "judge/judge.hpp"

namespace immure::judge {
namespace {

// matrix/acceptance.toml as the build compiles it.
#include "matrix_table.inc"

constexpr bool are_in_order() {
  for (const TestNumber number : TestNumber::all())
    if (kTests.at(number.index()).number != number) return false;
  return true;
}
static_assert(kTests.size() == TestNumber::all().size() && are_in_order(), "TestNumber is of another matrix");
static_assert(std::ranges::all_of(kTests, [](const MatrixTest& test) {
  return (test.in_place_of != 0) == (test.number > 45);
}));
static_assert(kTests[SandboxTest::kFirst - 1].level == "L1" && kTests[SandboxTest::kLast - 1].level == "L1" &&
                  kTests[SandboxTest::kFirst - 2].level != "L1" && kTests[SandboxTest::kLast].level != "L1",
              "SandboxTest is of another matrix");

}  // namespace

std::span<const MatrixTest> matrix() { return kTests; }

const MatrixTest& test_of(TestNumber number) { return kTests[number.index()]; }

std::optional<SandboxTest> place_of(int number) {
  const auto known = TestNumber::of(number);
  if (!known) return std::nullopt;
  const int replaced = test_of(*known).in_place_of;
  return SandboxTest::of(replaced == 0 ? number : replaced);
}

std::string_view matrix_toml() { return kToml; }
std::string matrix_sha256() { return std::string(kTomlSha256); }

}  // namespace immure::judge
