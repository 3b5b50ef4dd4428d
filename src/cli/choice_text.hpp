/// Joins a list of names to the text `a|b|c` at compile time. --help shows this text, and completions offer the names.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace immure::cli {

/// `list` is an array; `name_of` returns the name of an element as a string_view.
template <const auto& list, auto name_of = [](std::string_view name) { return name; }>
class ChoiceText {
  static consteval std::size_t length() {
    std::size_t sum = std::size(list) - 1;
    for (const auto& element : list) sum += name_of(element).size();
    return sum;
  }
  static consteval auto joined() {
    std::array<char, length()> text{};
    std::size_t at = 0;
    for (const auto& element : list) {
      if (at != 0) text.at(at++) = '|';
      for (const char c : std::string_view(name_of(element))) text.at(at++) = c;
    }
    return text;
  }
  static constexpr auto kStored = joined();

 public:
  static constexpr std::string_view kText{kStored.data(), kStored.size()};
};

}  // namespace immure::cli
