/// The numbers of the acceptance tests as types. matrix/acceptance.toml describes the tests, and a number never changes
/// its meaning. The compiler refuses a literal that is no number of a test. A number that is only known at run time
/// goes through of().
#pragma once

#include <array>
#include <cstddef>
#include <optional>

namespace immure::probe {

/// A number from First to Last, but not Without, which no test has.
template <int First, int Last, int Without = 0>
class NumberBetween {
 public:
  static constexpr int kFirst = First, kLast = Last;

  constexpr NumberBetween() = default;  ///< 0, which is no test
  consteval NumberBetween(int number)   // NOLINT(google-explicit-constructor): a literal is meant to convert
      : number_(of(number).value()) {}
  /// Converts a number of a smaller range.
  template <int Inner, int InnerLast>
    requires(First <= Inner && InnerLast <= Last && (Without<Inner || Without> InnerLast))
  constexpr NumberBetween(NumberBetween<Inner, InnerLast> number)  // NOLINT(google-explicit-constructor)
      : number_(number) {}

  /// `number` as a number of a test, or nullopt if no test of this range has it.
  [[nodiscard]] static constexpr std::optional<NumberBetween> of(int number) {
    if (number < First || number > Last || number == Without) return std::nullopt;
    NumberBetween result;
    result.number_ = number;
    return result;
  }
  static constexpr bool kGap = First <= Without && Without <= Last;
  [[nodiscard]] static constexpr std::array<NumberBetween, Last - First + 1 - (kGap ? 1 : 0)> all() {
    std::array<NumberBetween, Last - First + 1 - (kGap ? 1 : 0)> numbers;
    int number = First;
    for (NumberBetween& each : numbers) {
      if (number == Without) ++number;
      each.number_ = number++;
    }
    return numbers;
  }

  constexpr operator int() const { return number_; }  // NOLINT(google-explicit-constructor): it is a number
  /// The position of this number in all(), from 0.
  [[nodiscard]] constexpr std::size_t index() const {
    return static_cast<std::size_t>(number_ - First - (kGap && number_ > Without ? 1 : 0));
  }

 private:
  int number_ = 0;
};

/// #47 and #48 take the place of a test of the packet in a run that claims another acceptance profile
/// (judge/claim.hpp).
using TestNumber = NumberBetween<1, 48, 46>;
/// The tests of the packet that the judge decides: does the sandbox hold? Each number also stands for the test that
/// takes the place of this test in another acceptance profile.
using SandboxTest = NumberBetween<24, 37>;
/// The tests that only the verifier decides: is the evidence good?
using EvidenceTest = NumberBetween<38, 44>;

}  // namespace immure::probe
