#include <gtest/gtest.h>

#include <algorithm>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image_fixture.hpp"
#include "plan/image/image_cache.hpp"
#include "plan/image/image_record.hpp"

namespace immure::plan {
namespace {

class StoreTest : public ImageTest {
 protected:
  void TearDown() override {
    ::unsetenv("IMMURE_CACHE_SIZE");
    ImageTest::TearDown();
  }
  [[nodiscard]] static ino_t inode(const std::string& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
  }
  [[nodiscard]] std::size_t objects() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(dir_ / "cache/images/.objects"))
      count += entry.exists();
    return count;
  }
  [[nodiscard]] ImageCache cache() const { return *ImageCache::open(); }
  std::string large(const std::string& name) const { return dir_.write(name, name + std::string(1 << 20, 'x')); }
};

TEST_F(StoreTest, ImagesShareFilesOfOneContent) {
  const std::string data = large("data");
  const Image one = image({data});
  const Image other = image({data, dir_.write("more", "more")});
  EXPECT_NE(one.directory, other.directory);
  EXPECT_EQ(inode(one.directory + "/app/data"), inode(other.directory + "/app/data"));
  EXPECT_EQ(inode(one.directory + "/app/tool"), inode(other.directory + "/app/tool"));
  EXPECT_EQ(objects(), 3U);
  // The first image is unchanged, although its files have further names now.
  EXPECT_EQ(*image_state(one), one.stat_sha256);
  const Image again = image({data});
  EXPECT_EQ(again.sha256, one.sha256);
  EXPECT_EQ(inode(again.directory), inode(one.directory));
}

TEST_F(StoreTest, ChangedFileIsFoundThoughOnlyItsCtimeTells) {
  const Image one = image({dir_.write("data", "good")});
  const std::string inside = one.directory + "/app/data";
  struct stat status{};
  ASSERT_EQ(::stat(inside.c_str(), &status), 0);
  ASSERT_EQ(::chmod(inside.c_str(), 0644), 0);
  std::ofstream(inside) << "evil";
  ASSERT_EQ(::chmod(inside.c_str(), 0444), 0);
  const timespec times[2] = {status.st_mtim, status.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, inside.c_str(), times, 0), 0);
  EXPECT_NE(*image_state(one), one.stat_sha256);
  // Neither this image nor another one takes the object.
  EXPECT_EQ(image({dir_ / "data"}).sha256, one.sha256);
  const Image other = image({dir_ / "data", dir_.write("more", "x")});
  EXPECT_EQ(std::filesystem::file_size(other.directory + "/app/data"), 4U);
  std::ifstream file(other.directory + "/app/data");
  std::string text;
  file >> text;
  EXPECT_EQ(text, "good");
}

TEST_F(StoreTest, LeastRecentlyUsedImageGoes) {
  const std::string first = image({large("first")}).directory;
  const std::string second = image({large("second")}).directory;
  static_cast<void>(image({dir_ / "first"}));
  ASSERT_EQ(::setenv("IMMURE_CACHE_SIZE", "2500KiB", 1), 0);
  static_cast<void>(image({large("third")}));
  EXPECT_TRUE(std::filesystem::exists(first));
  EXPECT_FALSE(std::filesystem::exists(second));
  EXPECT_LT(cache().bytes_on_disk(), 2500U << 10U);
  EXPECT_EQ(objects(), 3U);
  ASSERT_EQ(::setenv("IMMURE_CACHE_SIZE", "much", 1), 0);
  EXPECT_FALSE(cached_image(closure({large("fourth")})));
}

TEST_F(StoreTest, ImageInUseStays) {
  std::optional<Image> held = image({large("first")});
  const ImageCache store = cache();
  const auto lock = store.lock_for_building({});
  ASSERT_TRUE(lock);
  EXPECT_TRUE(store.list().front().in_use);
  EXPECT_TRUE(store.evict(0).empty());
  EXPECT_EQ(*image_state(*held), held->stat_sha256);
  held.reset();
  EXPECT_FALSE(store.list().front().in_use);
  EXPECT_EQ(store.evict(0).size(), 1U);
  EXPECT_TRUE(in_cache().empty());
  EXPECT_EQ(objects(), 0U);
}

TEST_F(StoreTest, DamagedImageInUseIsPutAsideAndRemovedLater) {
  std::optional<Image> held = image({dir_.write("data", "x")});
  ASSERT_EQ(::chmod(held->directory.c_str(), 0755), 0);
  std::ofstream(held->directory + "/extra") << "x";
  static_cast<void>(image({dir_ / "data"}));
  EXPECT_EQ(in_cache().size(), 2U);
  held.reset();
  static_cast<void>(image({dir_.write("other", "x")}));
  EXPECT_TRUE(std::ranges::none_of(in_cache(), [](const std::string& name) { return name.starts_with(".removed"); }));
}

TEST_F(StoreTest, ListSaysWhereAnImageCameFrom) {
  static_cast<void>(image({dir_.write("data", "12345")}));
  const auto images = cache().list();
  ASSERT_EQ(images.size(), 1U);
  EXPECT_EQ(images.front().about.source.name, program_);
  EXPECT_EQ(images.front().about.files, 2U);
  EXPECT_EQ(images.front().about.bytes, 5 + std::filesystem::file_size(program_));
  EXPECT_FALSE(images.front().in_use);
}

TEST(ImageAbout, ReadsBackWhatItWrites) {
  ImageAbout about{.source = {"oci", "a\nb\\\x01", std::string(64, 'a'), {"1", "2"}, {"/dev: x", "/\xff: y"}},
                   .made_on = "2026-01-01T00:00:00Z",
                   .files = 3,
                   .bytes = 4,
                   .unshared = 5};
  const std::string text = about_text(about);
  ASSERT_TRUE(parse_about(text));
  EXPECT_EQ(*parse_about(text), about);
  EXPECT_FALSE(parse_about(""));
  EXPECT_FALSE(parse_about(text + "unknown x\n"));
  EXPECT_FALSE(parse_about(text.substr(0, text.size() - 1)));
}

TEST(CacheSize, HasUnits) {
  EXPECT_EQ(*parse_cache_size("x", "512MiB"), 512U << 20U);
  EXPECT_EQ(*parse_cache_size("x", "0"), 0U);
  for (const char* text : {"", "1", "1GB", "-1GiB", "99999999999TiB"})
    EXPECT_FALSE(parse_cache_size("x", text)) << text;
}

}  // namespace
}  // namespace immure::plan
