#include "cli/run/duration.hpp"

#include <array>
#include <charconv>

namespace immure::cli {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t milliseconds;
};
constexpr auto kUnits = std::to_array<Unit>({
    {"", 1000},
    {"ms", 1},
    {"s", 1000},
    {"m", 60'000},
    {"h", 3'600'000},
    {"d", 86'400'000},
});
constexpr std::uint64_t kLongest = 366ULL * 86'400'000;

}  // namespace

Result<std::uint64_t> parse_duration(std::string_view option, std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{}) {
    const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
    for (const Unit& unit : kUnits) {
      if (rest != unit.name) continue;
      if (number == 0 || number > kLongest / unit.milliseconds) break;
      return number * unit.milliseconds;
    }
  }
  return fail(Code::kUsage, option, "not a time: " + std::string(text),
              "For example 500ms, 90s, 5m, 1h or 7d; at most a year.");
}

}  // namespace immure::cli
