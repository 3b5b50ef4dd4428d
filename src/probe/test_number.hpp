/// The numbers of the acceptance tests as types. matrix/acceptance.toml describes the tests, and a number never changes
/// its meaning. The compiler refuses a literal that is no number of a test. A number that is only known at run time
/// goes through of().
#pragma once

#include <array>
#include <cstddef>
#include <optional>

namespace immure::probe {

/// A number from First to Last.
template <int First, int Last>
class NumberBetween {
 public:
  static constexpr int kFirst = First, kLast = Last;

  constexpr NumberBetween() = default;  ///< 0, which is no test
  consteval NumberBetween(int number)   // NOLINT(google-explicit-constructor): a literal is meant to convert
      : number_(of(number).value()) {}
  /// Converts a number of a smaller range.
  template <int Inner, int InnerLast>
    requires(First <= Inner && InnerLast <= Last)
  constexpr NumberBetween(NumberBetween<Inner, InnerLast> number)  // NOLINT(google-explicit-constructor)
      : number_(number) {}

  /// `number` as a number of a test, or nullopt if no test of this range has it.
  [[nodiscard]] static constexpr std::optional<NumberBetween> of(int number) {
    if (number < First || number > Last) return std::nullopt;
    NumberBetween result;
    result.number_ = number;
    return result;
  }
  [[nodiscard]] static constexpr std::array<NumberBetween, Last - First + 1> all() {
    std::array<NumberBetween, Last - First + 1> numbers;
    int number = First;
    for (NumberBetween& each : numbers) {
      each.number_ = number++;
    }
    return numbers;
  }

  constexpr operator int() const { return number_; }  // NOLINT(google-explicit-constructor): it is a number
  /// The position of this number in all(), from 0.
  [[nodiscard]] constexpr std::size_t index() const { return static_cast<std::size_t>(number_ - First); }

 private:
  int number_ = 0;
};

/// #46, #47 and #48 take the place of a test of the packet in a run that claims another acceptance profile
/// (judge/claim.hpp).
using TestNumber = NumberBetween<1, 48>;
/// The tests of the packet that the judge decides: does the sandbox hold? Each number also stands for the test that
/// takes the place of this test in another acceptance profile.
using SandboxTest = NumberBetween<24, 37>;
/// The tests that only the verifier decides: is the evidence good?
using EvidenceTest = NumberBetween<38, 44>;

}  // namespace immure::probe
