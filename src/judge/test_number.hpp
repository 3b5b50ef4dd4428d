/// Numbers of the tests of the acceptance matrix (matrix/acceptance.toml) as types. A number never changes its meaning.
/// The compiler refuses a literal that is not the number of such a test.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

namespace immure::judge {

/// A number from First to Last.
template <int First, int Last>
class NumberBetween {
 public:
  static constexpr int kFirst = First, kLast = Last;

  constexpr NumberBetween() = default;
  consteval NumberBetween(int number)  // NOLINT(google-explicit-constructor): a literal is the number's only name
      : number_(of(number).value()) {}
  /// A number from a range that lies within this one.
  template <int Inner, int InnerLast>
    requires(First <= Inner && InnerLast <= Last)
  constexpr NumberBetween(NumberBetween<Inner, InnerLast> number)  // NOLINT(google-explicit-constructor)
      : number_(number) {}

  /// `number`, if it is one of these.
  [[nodiscard]] static constexpr std::optional<NumberBetween> of(int number) {
    if (number < First || number > Last) return std::nullopt;
    NumberBetween result;
    result.number_ = number;
    return result;
  }
  [[nodiscard]] static constexpr std::array<NumberBetween, Last - First + 1> all() {
    std::array<NumberBetween, Last - First + 1> numbers;
    for (int i = 0; i <= Last - First; ++i) numbers[static_cast<std::size_t>(i)].number_ = First + i;
    return numbers;
  }

  constexpr operator int() const { return number_; }  // NOLINT(google-explicit-constructor): it is a number
  /// The place among all of these numbers, from 0.
  [[nodiscard]] constexpr std::size_t index() const { return static_cast<std::size_t>(number_ - First); }

 private:
  int number_ = First;
};

using TestNumber = NumberBetween<1, 45>;
/// The tests that the judge decides: does the sandbox hold?
using SandboxTest = NumberBetween<24, 37>;
/// The tests that only the verifier decides: is the evidence good?
using EvidenceTest = NumberBetween<38, 44>;

}  // namespace immure::judge
