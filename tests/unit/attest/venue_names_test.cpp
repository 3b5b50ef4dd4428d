#include "attest/engine/venue_names.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "attest/engine/outer_sandbox.hpp"

namespace immure::attest {
namespace {

TEST(VenueNames, AreAutoNativeAndEachOuterVenueInItsOrder) {
  std::vector<std::string_view> names = {venue::kAuto, venue::kNative};
  for (const OuterSandbox& outer : outer_venues()) names.push_back(outer.name);
  EXPECT_EQ(names, std::vector<std::string_view>(venue::kNames.begin(), venue::kNames.end()));
}

}  // namespace
}  // namespace immure::attest
