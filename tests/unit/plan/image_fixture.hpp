/// The code that the tests of images share.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

#include "../file/temp_dir.hpp"
#include "elf_file.hpp"
#include "file/tree.hpp"
#include "plan/image/image.hpp"
#include "plan/image/rootfs.hpp"
#include "sys/fd.hpp"

namespace immure::plan {

/// A fixture with its own cache and its own static program.
class ImageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::setenv("IMMURE_CACHE", (dir_ / "cache").c_str(), 1), 0);
    program_ = dir_.write("tool", test::ElfFile().bytes());
    ASSERT_EQ(::chmod(program_.c_str(), 0755), 0);
  }
  void TearDown() override { ::unsetenv("IMMURE_CACHE"); }

  Closure closure(const std::vector<std::string>& include = {}) {
    auto made = closure_of(program_, {}, include);
    EXPECT_TRUE(made) << (made ? "" : to_text(made.error()));
    return made ? *made : Closure{};
  }
  Image image(const std::vector<std::string>& include = {}) {
    auto made = cached_image(closure(include));
    EXPECT_TRUE(made) << (made ? "" : to_text(made.error()));
    return made ? *made : Image{};
  }
  [[nodiscard]] Result<Image> own_root(const std::string& program) const {
    auto rootfs = open_rootfs(dir_ / "root");
    if (!rootfs) return std::unexpected(rootfs.error());
    const auto closure = closure_in_rootfs(*rootfs, program, {});
    if (!closure) return std::unexpected(closure.error());
    return rootfs_image(*rootfs, *closure);
  }
  [[nodiscard]] std::vector<std::string> in_cache() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(dir_ / "cache/images"))
      if (const auto name = entry.path().filename(); name != ".lock" && name != ".immure-cache" && name != ".objects")
        names.push_back(name);
    return names;
  }

  test::TempDir dir_;
  std::string program_;
};

/// The entries of a tree, each with its mode and its path.
inline std::vector<std::string> listed(const std::string& root) {
  const sys::Fd fd(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::vector<std::string> lines;
  const auto entries = file::scan(fd.get(), root);
  for (const file::Entry& entry : entries.value_or(std::vector<file::Entry>{})) {
    char mode[8];
    std::snprintf(mode, sizeof mode, "%04o", entry.mode);
    lines.push_back(std::string(mode) + " " + entry.path);
  }
  return lines;
}

}  // namespace immure::plan
