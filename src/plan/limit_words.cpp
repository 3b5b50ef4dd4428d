#include "plan/limit_words.hpp"

#include <array>
#include <string_view>

namespace immure::plan {
namespace {

std::string size(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {" B", " KiB", " MiB", " GiB", " TiB"};
  std::size_t unit = 0;
  while (unit + 1 < kUnits.size() && bytes >= 1024 && bytes % 1024 == 0) {
    bytes /= 1024;
    ++unit;
  }
  return std::to_string(bytes) + std::string(kUnits.at(unit));
}

std::string time(std::uint64_t milliseconds) {
  return milliseconds % 1000 == 0 ? std::to_string(milliseconds / 1000) + " s" : std::to_string(milliseconds) + " ms";
}

}  // namespace

std::string value_text(probe::Unit unit, std::uint64_t value) {
  switch (unit) {
    case probe::Unit::kBytes: return size(value);
    case probe::Unit::kMilliseconds: return time(value);
    case probe::Unit::kSeconds: return time(value * 1000);
    case probe::Unit::kCount: break;
  }
  return std::to_string(value);
}

}  // namespace immure::plan
