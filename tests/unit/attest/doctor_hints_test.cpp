#include <gtest/gtest.h>

#include "attest/doctor/doctor.hpp"

namespace immure::attest {
namespace {

constexpr std::string_view kOpen =
    "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
    "23 22 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:12 - proc proc rw\n";
constexpr std::string_view kHidden =
    "23 22 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:12 - proc proc rw,gid=4,hidepid=invisible\n";
constexpr std::string_view kHiddenElsewhere = "24 22 0:22 / /srv/proc rw - proc proc rw,hidepid=2\n";

std::vector<std::string> names_of(const std::string& mountinfo, const std::optional<std::string>& trace) {
  std::vector<std::string> names;
  for (const Hint& hint : hints_from(mountinfo, trace)) names.push_back(hint.name);
  return names;
}

TEST(DoctorHints, TellWhatStaysOpen) {
  const std::vector<std::string> both{"hidepid", "exception-trace"};
  EXPECT_EQ(names_of(std::string(kOpen), "1"), both);
  EXPECT_EQ(names_of(std::string(kOpen) + std::string(kHiddenElsewhere), "1"), both);
}

TEST(DoctorHints, AreSilentIfEachChannelIsClosed) {
  EXPECT_TRUE(names_of(std::string(kHidden), "0").empty());
  EXPECT_TRUE(names_of(std::string(kHidden), std::nullopt).empty());
}

TEST(DoctorHints, TheMountOnTopCounts) {
  const std::vector<std::string> one{"hidepid"};
  EXPECT_EQ(names_of(std::string(kHidden) + std::string(kOpen), "0"), one);
  EXPECT_TRUE(names_of(std::string(kOpen) + std::string(kHidden), "0").empty());
}

}  // namespace
}  // namespace immure::attest
