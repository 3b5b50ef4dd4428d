/// Finds directories by their file system and their path in it, from the text of mountinfo.
#include "attest/host/mount_places.hpp"

#include <string>

#include <gtest/gtest.h>

namespace immure::attest {
namespace {

constexpr std::string_view kMounts =
    "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
    "21 20 0:5 / /proc rw - proc proc rw\n"
    "22 20 8:2 /data/drop /srv/drop rw shared:3 - xfs /dev/sdb1 rw\n"
    "23 20 0:30 / /tmp rw - tmpfs tmpfs rw\n"
    "24 20 8:2 /with\\040blank /srv/blank rw - xfs /dev/sdb1 rw\n";

MountPlace place(const char* device, const char* path) { return {device, path, {}}; }

TEST(MountPlaces, AreThoseThatHoldDataOfSomebody) {
  const auto places = mount_places(kMounts);
  ASSERT_EQ(places.size(), 4U);
  EXPECT_EQ(places[1].point, "/srv/drop");
  EXPECT_EQ(places[1], place("8:2", "/data/drop"));
  EXPECT_EQ(places[3], place("8:2", "/with blank"));
}

TEST(MountPlaces, LinesThatAreCutShortAreLeftOut) {
  EXPECT_TRUE(mount_places("20 1 8:1 / / rw\n20 1 8:1 / / rw -\n\nnonsense\n").empty());
}

TEST(PlaceOf, IsThePathInItsOwnFileSystem) {
  const auto mounts = mount_places(kMounts);
  EXPECT_EQ(place_of(mounts, "/srv/drop/a/b"), place("8:2", "/data/drop/a/b"));
  EXPECT_EQ(place_of(mounts, "/srv/drop"), place("8:2", "/data/drop"));
  EXPECT_EQ(place_of(mounts, "/tmp/x"), place("0:30", "/x"));
  EXPECT_EQ(place_of(mounts, "/tmp"), place("0:30", "/"));
  EXPECT_EQ(place_of(mounts, "/"), place("8:1", "/"));
}

TEST(PlaceOf, ANameThatOnlyBeginsLikeAMountIsNotInIt) {
  EXPECT_EQ(place_of(mount_places(kMounts), "/tmpfile"), place("8:1", "/tmpfile"));
}

TEST(PlaceOf, OfTwoMountsOnOnePointTheLaterOneCounts) {
  const auto mounts = mount_places("1 0 8:1 / /in rw - ext4 a rw\n2 1 8:2 / /in rw - ext4 b rw\n");
  EXPECT_EQ(place_of(mounts, "/in/x"), place("8:2", "/x"));
}

TEST(PlaceOf, IsNothingWithoutAMount) { EXPECT_EQ(place_of({}, "/in"), std::nullopt); }

TEST(LiesIn, NeedsTheSameDeviceAndAWholeName) {
  EXPECT_TRUE(lies_in(place("8:1", "/a/b"), place("8:1", "/a")));
  EXPECT_TRUE(lies_in(place("8:1", "/a"), place("8:1", "/a")));
  EXPECT_TRUE(lies_in(place("8:1", "/a"), place("8:1", "/")));
  EXPECT_FALSE(lies_in(place("8:1", "/ab"), place("8:1", "/a")));
  EXPECT_FALSE(lies_in(place("8:1", "/a"), place("8:1", "/a/b")));
  EXPECT_FALSE(lies_in(place("8:2", "/a/b"), place("8:1", "/a")));
}

}  // namespace
}  // namespace immure::attest
