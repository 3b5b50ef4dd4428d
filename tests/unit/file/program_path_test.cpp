#include "file/program_path.hpp"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "temp_dir.hpp"

namespace immure::file {
namespace {

class ProgramPath : public ::testing::Test {
 protected:
  ProgramPath() {
    for (const char* place : {"one", "two", "directory/tool", "sub"}) std::filesystem::create_directories(at(place));
    program("two/tool");
    program("sub/here");
    before_ = std::filesystem::current_path();
    std::filesystem::current_path(at("sub"));
  }
  ~ProgramPath() override {
    std::filesystem::current_path(before_);
    ::setenv("PATH", path_.c_str(), 1);
  }
  [[nodiscard]] std::string at(const std::string& name) const { return directory_.path() + "/" + name; }
  void program(const std::string& name) {
    directory_.write(name, "");
    std::filesystem::permissions(at(name), std::filesystem::perms::all);
  }
  test::TempDir directory_;
  std::string path_ = std::getenv("PATH");
  std::filesystem::path before_;
};

TEST_F(ProgramPath, TheFirstRegularFileThatCanBeExecutedIsTaken) {
  directory_.write("one/tool", "no program");
  std::filesystem::permissions(at("one/tool"), std::filesystem::perms::owner_read);
  ::setenv("PATH", (at("directory") + ":" + at("one") + ":" + at("two")).c_str(), 1);
  EXPECT_EQ(find_program("tool"), at("two/tool"));
}

TEST_F(ProgramPath, TheWorkingDirectoryIsNeverSearched) {
  for (const char* path : {".", ":/usr/bin", "/usr/bin:", "../sub:/usr/bin"}) {
    ::setenv("PATH", path, 1);
    EXPECT_EQ(find_program("here"), std::nullopt) << path;
  }
}

TEST_F(ProgramPath, WithoutPathTheUsualPlacesAreSearched) {
  for (const bool empty : {false, true}) {
    if (empty) ::setenv("PATH", "", 1);
    if (!empty) ::unsetenv("PATH");
    EXPECT_TRUE(find_program("env"));
  }
}

TEST_F(ProgramPath, APathAndAnEmptyTextAreNotNames) {
  EXPECT_EQ(find_program(""), std::nullopt);
  EXPECT_EQ(find_program("sub/here"), std::nullopt);
}

}  // namespace
}  // namespace immure::file
