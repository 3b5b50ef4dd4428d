#include "file/ground.hpp"

#include <filesystem>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "sys/fd.hpp"
#include "temp_dir.hpp"

namespace immure::file {
namespace {

namespace fs = std::filesystem;

/// A tree such as /sys, with the block devices that a test names.
class Ground : public ::testing::Test {
 protected:
  /// Makes a disk or partition with the number 8:`minor`, whose directory lies at `place` below /sys/devices.
  void device(unsigned minor, const std::string& place) {
    const std::string number = "8:" + std::to_string(minor);
    dir_.write("devices/" + place + "/dev", number + "\n");
    fs::create_directories(dir_ / "dev/block");
    fs::create_directory_symlink("../../devices/" + place, dir_ / ("dev/block/" + number));
  }
  /// Says that the device `upper` consists of the device `lower`.
  void made_of(const std::string& upper, const std::string& lower) {
    const fs::path slaves = dir_ / ("devices/" + upper + "/slaves");
    fs::create_directories(slaves);
    fs::create_directory_symlink(dir_ / ("devices/" + lower), slaves / fs::path(lower).filename());
  }
  [[nodiscard]] std::string judge(unsigned minor) const {
    return why_changeable_device(::makedev(8, minor), dir_.path());
  }
  [[nodiscard]] static bool untold(const std::string& why) { return why.find("does not show") != std::string::npos; }
  [[nodiscard]] static bool served(const std::string& why) {
    return why.find("another machine or program") != std::string::npos;
  }
  [[nodiscard]] static bool on_loop(const std::string& why) {
    return why.find("this loop device") != std::string::npos;
  }

  test::TempDir dir_;
};

TEST_F(Ground, DisksOfThisMachineStay) {
  device(0, "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda");
  device(1, "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda/sda1");
  dir_.write("devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda/sda1/partition", "1\n");
  device(2, "pci0000:00/0000:00:02.0/virtio1/block/vda");
  device(3, "virtual/block/ram0");
  device(4, "virtual/block/zram0");
  dir_.write("devices/virtual/block/zram0/backing_dev", "none\n");
  for (unsigned minor = 0; minor < 5; ++minor) EXPECT_EQ(judge(minor), "") << minor;
}

TEST_F(Ground, LoopDevicesDoNotStayNorTheirPartitions) {
  device(0, "virtual/block/loop0");
  device(1, "virtual/block/loop0/loop0p1");
  dir_.write("devices/virtual/block/loop0/loop0p1/partition", "1\n");
  EXPECT_TRUE(on_loop(judge(0))) << judge(0);
  EXPECT_TRUE(on_loop(judge(1))) << judge(1);
}

TEST_F(Ground, DevicesThatOthersServeDoNotStay) {
  device(0, "virtual/block/nbd0");
  device(1, "virtual/block/rbd3");
  device(2, "virtual/block/drbd1");
  device(3, "platform/host3/session1/target3:0:0/3:0:0:0/block/sdb");
  device(4, "pci0000:00/0000:05:00.0/host4/rport-4:0-1/target4:0:0/4:0:0:0/block/sdc");
  device(5, "platform/vhci_hcd.0/usb5/5-1/5-1:1.0/host6/target6:0:0/6:0:0:0/block/sdd");
  device(6, "virtual/block/ublkb0");
  for (unsigned minor = 0; minor < 7; ++minor) EXPECT_TRUE(served(judge(minor))) << minor << judge(minor);
}

TEST_F(Ground, AnNvmeDiskStaysOnlyOnTheBusOfThisMachine) {
  const std::string bus = "pci0000:00/0000:01:00.0/nvme/nvme0", net = "virtual/nvme-fabrics/ctl/nvme1";
  const std::string several = "virtual/nvme-subsystem/nvme-subsys2", mixed = "virtual/nvme-subsystem/nvme-subsys3";
  dir_.write("devices/" + bus + "/transport", "pcie\n");
  dir_.write("devices/" + net + "/transport", "tcp\n");
  unsigned minor = 0;
  for (const std::string& parent : {bus, net, several, mixed}) {
    const std::string disk = parent + "/nvme" + std::to_string(minor) + "n1";
    device(minor++, disk);
    fs::create_directory_symlink(dir_ / ("devices/" + parent), dir_ / ("devices/" + disk + "/device"));
  }
  fs::create_directory_symlink(dir_ / ("devices/" + bus), dir_ / ("devices/" + several + "/nvme0"));
  fs::create_directory_symlink(dir_ / ("devices/" + bus), dir_ / ("devices/" + mixed + "/nvme0"));
  fs::create_directory_symlink(dir_ / ("devices/" + net), dir_ / ("devices/" + mixed + "/nvme1"));
  device(4, "pci0000:00/0000:02:00.0/nvme/nvme4/nvme4n1");
  EXPECT_EQ(judge(0), "");
  EXPECT_TRUE(served(judge(1))) << judge(1);
  EXPECT_EQ(judge(2), "");
  EXPECT_TRUE(served(judge(3))) << judge(3);
  EXPECT_TRUE(served(judge(4))) << "without a transport: " << judge(4);
}

TEST_F(Ground, WhatIsMadeOfOthersIsFollowedToTheBottom) {
  device(0, "pci0000:00/virtio1/block/vda");
  device(1, "virtual/block/loop7");
  device(2, "virtual/block/md0");
  device(3, "virtual/block/dm-0");
  device(4, "virtual/block/dm-1");
  made_of("virtual/block/md0", "pci0000:00/virtio1/block/vda");
  made_of("virtual/block/dm-0", "virtual/block/md0");
  made_of("virtual/block/dm-1", "virtual/block/dm-0");
  EXPECT_EQ(judge(4), "");
  made_of("virtual/block/md0", "virtual/block/loop7");
  for (const unsigned minor : {2U, 3U, 4U}) EXPECT_TRUE(on_loop(judge(minor))) << minor << judge(minor);
}

TEST_F(Ground, AnUnknownDiskIsNotTrusted) {
  device(0, "virtual/block/dm-0");  // consists of no device
  device(1, "virtual/block/sda");   // a disk on no bus
  device(2, "virtual/block/new0");
  device(3, "virtual/block/dm-1");  // consists of itself
  made_of("virtual/block/dm-1", "virtual/block/dm-1");
  device(4, "virtual/block/zram0");
  dir_.write("devices/virtual/block/zram0/backing_dev", "/dev/loop0\n");
  for (const unsigned minor : {0U, 2U, 3U, 4U, 99U}) EXPECT_TRUE(untold(judge(minor))) << minor << judge(minor);
  EXPECT_NE(judge(1), "");
  EXPECT_TRUE(untold(why_changeable_device(::makedev(8, 0), dir_ / "nowhere")));
}

TEST_F(Ground, EveryDeviceOfABtrfsCounts) {
  device(0, "pci0000:00/virtio1/block/vda");
  device(1, "pci0000:00/virtio2/block/vdb");
  device(2, "virtual/block/loop0");
  const auto has = [this](const std::string& id, const std::string& place) {
    fs::create_directories(dir_ / ("fs/btrfs/" + id + "/devices"));
    fs::create_directory_symlink(dir_ / ("devices/" + place),
                                 dir_ / ("fs/btrfs/" + id + "/devices/" + fs::path(place).filename().string()));
  };
  fs::create_directories(dir_ / "fs/btrfs/features");
  has("one", "pci0000:00/virtio1/block/vda");
  EXPECT_EQ(why_changeable_btrfs(::makedev(8, 0), dir_.path()), "");
  has("two", "pci0000:00/virtio2/block/vdb");
  has("two", "virtual/block/loop0");
  EXPECT_TRUE(on_loop(why_changeable_btrfs(::makedev(8, 1), dir_.path())));
  EXPECT_EQ(why_changeable_btrfs(::makedev(8, 0), dir_.path()), "");
  EXPECT_TRUE(untold(why_changeable_btrfs(::makedev(8, 9), dir_.path())));
}

TEST(FileSystems, MemoryIsNoPlaceThatStays) {
  const sys::Fd memory(::memfd_create("ground", MFD_CLOEXEC));
  EXPECT_NE(why_changeable(memory.get()).find("it lies in memory (tmpfs)"), std::string::npos);
}

TEST(FileSystems, TheKernelsOwnAreNamed) {
  const sys::Fd proc(::open("/proc/self", O_PATH | O_CLOEXEC)), root(::open("/", O_PATH | O_CLOEXEC));
  const auto held = check_holds_data(proc.get(), "in/proc");
  ASSERT_FALSE(held);
  EXPECT_NE(to_text(held.error()).find("in/proc: lies on proc, a file system that the kernel generates"),
            std::string::npos);
  EXPECT_TRUE(check_holds_data(root.get(), "/"));
  EXPECT_NE(why_changeable(proc.get()), "");
}

TEST(FileSystems, NoFileSystemIsTrustedWithoutSys) {
  const test::TempDir dir;
  const sys::Fd opened(::open(dir.path().c_str(), O_PATH | O_CLOEXEC));
  EXPECT_NE(why_changeable(opened.get(), {.sys = dir / "nowhere", .mountinfo = dir / "nothing"}), "");
}

// A container engine hides /sys. If a host shows /sys but does not know the disk, the host hides something else.
TEST(RootDirectories, MayLieOnAnUnknownDiskOnlyWhereThereIsNoSys) {
  const test::TempDir dir;
  const sys::Fd opened(::open(dir.path().c_str(), O_PATH | O_CLOEXEC));
  const GroundSources sources{.sys = dir / "sys", .mountinfo = dir / "nothing"};
  if (why_changeable(opened.get(), sources).find("does not show") == std::string::npos)
    GTEST_SKIP() << "kernel: the temporary directory does not lie on a disk";
  EXPECT_EQ(why_root_changeable(opened.get(), sources), "");
  std::filesystem::create_directories(dir / "sys/dev/block");
  EXPECT_NE(why_root_changeable(opened.get(), sources), "");
}

TEST(RootDirectories, MayNotLieInMemory) {
  const sys::Fd memory(::memfd_create("ground", MFD_CLOEXEC));
  EXPECT_NE(why_root_changeable(memory.get()).find("it lies in memory (tmpfs)"), std::string::npos);
}

}  // namespace
}  // namespace immure::file
