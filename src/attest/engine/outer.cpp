#include "attest/engine/outer.hpp"

#include <algorithm>
#include <array>

namespace immure::attest {

std::span<const Outer> outer_venues() {
  static const std::array kVenues = {kBubblewrap, kPodman, kDocker, kOci};
  return kVenues;
}

const Outer* find_outer(std::string_view name) {
  const auto venues = outer_venues();
  const auto found = std::ranges::find(venues, name, &Outer::name);
  return found == venues.end() ? nullptr : &*found;
}

}  // namespace immure::attest
