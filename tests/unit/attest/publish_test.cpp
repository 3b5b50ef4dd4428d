#include "attest/publish.hpp"

#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "../file/temp_dir.hpp"
#include "sys/file.hpp"

namespace immure::attest {
namespace {

class Publish : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::mkdir((dir_ / "scratch").c_str(), 0700), 0);
    ASSERT_EQ(::mkdir((dir_ / "out").c_str(), 0700), 0);
  }
  std::vector<std::string> of(const std::vector<std::string>& paths) {
    const auto scratch = sys::open_at(AT_FDCWD, (dir_ / "scratch").c_str(), O_RDONLY | O_DIRECTORY);
    const auto output = sys::open_at(AT_FDCWD, (dir_ / "out").c_str(), O_RDONLY | O_DIRECTORY);
    return publish(*scratch, *output, paths);
  }
  [[nodiscard]] bool is_there(const std::string& path) const {
    struct stat status{};
    return ::lstat((dir_ / path).c_str(), &status) == 0;
  }
  test::TempDir dir_;
};

TEST_F(Publish, MovesFilesAndDirectories) {
  dir_.write("scratch/report", "x");
  dir_.write("scratch/deep/pages/1", "x");
  EXPECT_TRUE(of({"/tmp/report", "/var/tmp/deep/pages"}).empty());
  EXPECT_TRUE(is_there("out/report"));
  EXPECT_TRUE(is_there("out/pages/1"));
  EXPECT_FALSE(is_there("scratch/report"));
}

TEST_F(Publish, TellsWhatIsNotThere) {
  EXPECT_EQ(of({"/tmp/report", "/tmp/a/b"}).size(), 2U);
  EXPECT_NE(of({"/tmp/report"})[0].find("/tmp/report: was not among the temporary files"), std::string::npos);
}

TEST_F(Publish, ReplacesNoOutput) {
  dir_.write("scratch/report", "new");
  dir_.write("out/report", "old");
  EXPECT_NE(of({"/tmp/report"}).at(0).find("an output of the same name"), std::string::npos);
  EXPECT_TRUE(is_there("scratch/report"));
}

TEST_F(Publish, FollowsNoLink) {
  dir_.write("elsewhere/secret", "x");
  ASSERT_EQ(::symlink("../elsewhere", (dir_ / "scratch/link").c_str()), 0);
  EXPECT_EQ(of({"/tmp/link/secret"}).size(), 1U);
  EXPECT_TRUE(is_there("elsewhere/secret"));
  // A link itself is moved, and the harvest refuses the link.
  EXPECT_TRUE(of({"/tmp/link"}).empty());
}

TEST(AmongTemporaryFiles, AreTheThreePlacesWithoutDots) {
  EXPECT_EQ(among_temporary_files("/tmp/a/b"), "a/b");
  EXPECT_EQ(among_temporary_files("/dev/shm/a"), "a");
  for (const char* path :
       {"/tmp", "/tmp/", "/tmp/..", "/tmp/../a", "/tmp/./a", "/tmp//a", "/tmp/a/", "/out/a", "tmp/a", ""})
    EXPECT_EQ(among_temporary_files(path), "") << path;
}

}  // namespace
}  // namespace immure::attest
