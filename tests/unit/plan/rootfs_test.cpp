#include "plan/image/rootfs.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include <sys/stat.h>
#include <unistd.h>

#include "file/io.hpp"
#include "image_fixture.hpp"

namespace immure::plan {
namespace {

class RootfsTest : public ImageTest {
 protected:
  void SetUp() override {
    ImageTest::SetUp();
    ASSERT_TRUE(pack_image(closure(), dir_ / "root"));
    ASSERT_EQ(::chmod((dir_ / "root").c_str(), 0755), 0);
  }
  /// Opens the root directory, and waits until its newest change is old enough.
  [[nodiscard]] Rootfs opened() const {
    auto rootfs = open_rootfs(dir_ / "root");
    EXPECT_TRUE(rootfs) << (rootfs ? "" : to_text(rootfs.error()));
    return rootfs ? *std::move(rootfs) : Rootfs{};
  }
  [[nodiscard]] static bool names(const Rootfs& rootfs, const std::string& text) {
    return std::ranges::any_of(rootfs.image.source.left_out,
                               [&](const std::string& line) { return line.starts_with(text); });
  }
};

TEST_F(RootfsTest, PackedImageIsUsedInPlace) {
  const auto packed = pack_image(closure(), dir_ / "packed");
  ASSERT_TRUE(packed);
  ASSERT_EQ(::chmod((dir_ / "root").c_str(), 0555), 0);
  const auto image = own_root("/app/tool");
  ASSERT_TRUE(image) << to_text(image.error());
  EXPECT_EQ(image->sha256, packed->sha256);
  EXPECT_EQ(image->directory, dir_ / "root");
  EXPECT_EQ(image->program_sha256, packed->program_sha256);
  EXPECT_FALSE(image->cached);
  EXPECT_EQ(*image_state(*image), image->stat_sha256);
  EXPECT_FALSE(open_rootfs(dir_ / "missing"));
  EXPECT_FALSE(open_rootfs("/"));
}

TEST_F(RootfsTest, DigestInPlaceIsRememberedUntilSomethingChanges) {
  const std::string first = opened().image.sha256;
  EXPECT_EQ(opened().image.sha256, first);
  ASSERT_EQ(::chmod((dir_ / "root/app").c_str(), 0755), 0);
  dir_.write("root/app/more", "x");
  EXPECT_NE(opened().image.sha256, first);
}

TEST_F(RootfsTest, SpecialPathsAreLeftOutOfACopy) {
  for (const char* path : {"proc/1/status", "dev/shm/x", "tmp/x", "var/tmp/x", "run/x", "etc/passwd", "etc/hostname"})
    dir_.write(std::string("root/") + path, "of a host");
  dir_.write("root/etc/app.conf", "kept");
  const Rootfs rootfs = opened();
  EXPECT_TRUE(rootfs.image.cached);
  EXPECT_NE(rootfs.path, dir_ / "root");
  EXPECT_TRUE(std::filesystem::exists(rootfs.path + "/etc/app.conf"));
  EXPECT_TRUE(std::filesystem::exists(rootfs.path + "/in"));
  for (const char* path : {"proc", "dev", "tmp", "var/tmp", "run", "etc/passwd", "etc/hostname"})
    EXPECT_TRUE(names(rootfs, std::string("/") + path + ": ")) << path;
  for (const char* path : {"proc", "dev/shm", "tmp", "var/tmp", "run", "etc/hostname"})
    EXPECT_FALSE(std::filesystem::exists(rootfs.path + "/" + path)) << path;
  // The fixed files take the place of the directory's own.
  EXPECT_NE(file::read_whole(rootfs.path + "/etc/passwd", 4096).value_or(""), "of a host");
  EXPECT_EQ(file::read_whole(rootfs.path + "/dev/null", 4096).value_or("none"), "");
  EXPECT_EQ(opened().path, rootfs.path);
  EXPECT_EQ(in_cache().size(), 1U);
}

TEST_F(RootfsTest, CopyIsMadeAnewWhenTheSourceChanges) {
  dir_.write("root/tmp/x", "x");
  const Rootfs first = opened();
  dir_.write("root/data", "new");
  const Rootfs second = opened();
  EXPECT_NE(second.path, first.path);
  EXPECT_NE(second.image.sha256, first.image.sha256);
  EXPECT_TRUE(std::filesystem::exists(second.path + "/data"));
  // A file in a place that the image leaves out changes nothing.
  dir_.write("root/tmp/y", "y");
  EXPECT_EQ(opened().path, second.path);
}

TEST_F(RootfsTest, MountPointsAreMade) {
  ASSERT_EQ(::rmdir((dir_ / "root/in").c_str()), 0);
  const Rootfs rootfs = opened();
  EXPECT_TRUE(rootfs.image.cached);
  EXPECT_TRUE(std::filesystem::is_directory(rootfs.path + "/in"));
  EXPECT_TRUE(std::filesystem::is_directory(rootfs.path + "/out"));
}

TEST_F(RootfsTest, ChannelIsLeftOutAndReported) {
  ASSERT_EQ(::chmod((dir_ / "root/app").c_str(), 0755), 0);
  ASSERT_EQ(::mkfifo((dir_ / "root/app/channel").c_str(), 0644), 0);
  const Rootfs rootfs = opened();
  EXPECT_TRUE(names(rootfs, "/app/channel: is a fifo"));
  EXPECT_FALSE(std::filesystem::exists(rootfs.path + "/app/channel"));
}

TEST_F(RootfsTest, SetIdBitsAreDroppedAndReported) {
  const std::string su = dir_.write("root/su", "x");
  ASSERT_EQ(::chmod(su.c_str(), 04755), 0);
  const Rootfs rootfs = opened();
  EXPECT_TRUE(names(rootfs, "/su: its set-user-ID"));
  struct stat status{};
  ASSERT_EQ(::stat((rootfs.path + "/su").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0555U);
}

TEST_F(RootfsTest, PrivateFilesAreNotMadeReadable) {
  if (::geteuid() != 0) GTEST_SKIP() << "the files of an ordinary user are the program's to read";
  dir_.write("root/tmp/x", "x");
  const std::string secret = dir_.write("root/etc/secret", "x");
  dir_.write("root/closed/inside", "x");
  ASSERT_EQ(::chmod(secret.c_str(), 0600), 0);
  ASSERT_EQ(::chmod((dir_ / "root/closed").c_str(), 0700), 0);
  const Rootfs rootfs = opened();
  EXPECT_TRUE(names(rootfs, "/etc/secret: is not readable"));
  EXPECT_TRUE(names(rootfs, "/closed: is not readable"));
  EXPECT_FALSE(std::filesystem::exists(rootfs.path + "/etc/secret"));
  EXPECT_FALSE(std::filesystem::exists(rootfs.path + "/closed"));
}

TEST_F(RootfsTest, LinksStayLinksAndLeadNowhereElse) {
  dir_.write("root/tmp/x", "x");
  const std::string secret = dir_.write("secret", "of the host");
  std::filesystem::create_symlink(secret, dir_ / "root/absolute");
  std::filesystem::create_symlink("../secret", dir_ / "root/above");
  std::filesystem::create_directory_symlink("app", dir_ / "root/bin");
  const Rootfs rootfs = opened();
  EXPECT_EQ(std::filesystem::read_symlink(rootfs.path + "/absolute"), secret);
  EXPECT_EQ(std::filesystem::read_symlink(rootfs.path + "/above"), "../secret");
  const auto closure = closure_in_rootfs(rootfs, "/bin/tool", {});
  ASSERT_TRUE(closure) << to_text(closure.error());
  EXPECT_EQ(closure->program.inner_path, "/app/tool");
}

TEST_F(RootfsTest, LoaderIsNamedByItsOwnPath) {
  std::filesystem::create_directories(dir_ / "root/usr/lib64");
  test::ElfFile program;
  program.interpreter = "/lib64/ld.so";
  dir_.write("root/app2", program.bytes());
  dir_.write("root/usr/lib64/ld-real.so", test::ElfFile().bytes());
  for (const char* path : {"root/app2", "root/usr/lib64/ld-real.so"})
    ASSERT_EQ(::chmod((dir_ / path).c_str(), 0755), 0);
  std::filesystem::create_directory_symlink("usr/lib64", dir_ / "root/lib64");
  std::filesystem::create_symlink("ld-real.so", dir_ / "root/usr/lib64/ld.so");
  const auto closure = closure_in_rootfs(opened(), "/app2", {});
  ASSERT_TRUE(closure) << to_text(closure.error());
  EXPECT_EQ(closure->program.loaders, std::vector<std::string>{"/usr/lib64/ld-real.so"});
}

}  // namespace
}  // namespace immure::plan
