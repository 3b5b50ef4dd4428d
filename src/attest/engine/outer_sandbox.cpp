#include "attest/engine/outer_sandbox.hpp"

#include <algorithm>
#include <array>

namespace immure::attest {

std::span<const OuterSandbox> outer_venues() {
  static const std::array kVenues = {kBubblewrap, kPodman, kDocker, kOci};
  return kVenues;
}

const OuterSandbox* find_outer(std::string_view name) {
  const auto venues = outer_venues();
  const auto found = std::ranges::find(venues, name, &OuterSandbox::name);
  return found == venues.end() ? nullptr : &*found;
}

}  // namespace immure::attest
