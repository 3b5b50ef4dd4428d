/// The files of an image that immure writes itself, the locale and the time zones.
#include <algorithm>

#include "file/io.hpp"
#include "image_fixture.hpp"
#include "plan/image/locale.hpp"
#include "probe/fixed_files.hpp"

namespace immure::plan {
namespace {

class OwnFiles : public ImageTest {
 protected:
  Result<Image> packed(Closure closure, std::uint64_t processors = 2) {
    closure.fixed =
        probe::fixed_files({.processors = processors, .memory_bytes = 1 << 30, .program = closure.program.inner_path});
    return cached_image(closure);
  }
};

TEST_F(OwnFiles, LieInTheImageAsStated) {
  const auto made = packed(closure());
  ASSERT_TRUE(made);
  for (const probe::FixedFile& file :
       probe::fixed_files({.processors = 2, .memory_bytes = 1 << 30, .program = "/app/tool"})) {
    const std::string path = made->directory + file.path;
    if (file.link)
      EXPECT_EQ(std::filesystem::read_symlink(path), file.content);
    else
      EXPECT_EQ(file::read_whole(path, 1 << 20), file.content) << file.path;
  }
}

TEST_F(OwnFiles, TakeThePlaceOfOtherFiles) {
  Closure closure = this->closure();
  closure.files.push_back(text_file("/etc/passwd", "other", "stranger:x:1:1::/:/bin/sh\n"));
  closure.files.push_back(text_file("/etc/motd", "other", "stays\n"));
  const auto made = packed(closure);
  ASSERT_TRUE(made) << to_text(made.error());
  EXPECT_EQ(file::read_whole(made->directory + "/etc/passwd", 1 << 20)->find("stranger"), std::string::npos);
  EXPECT_EQ(file::read_whole(made->directory + "/etc/motd", 1 << 20), "stays\n");
}

TEST_F(OwnFiles, NeedTheirDirectories) {
  Closure closure = this->closure();
  closure.files.push_back(text_file("/etc", "other", "a file"));
  const auto made = packed(closure);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().where, "/etc");
}

TEST_F(OwnFiles, AreOfTheImageThatWasAskedFor) {
  const auto two = packed(closure(), 2);
  const auto three = packed(closure(), 3);
  const auto again = packed(closure(), 2);
  ASSERT_TRUE(two && three && again);
  EXPECT_NE(two->sha256, three->sha256);
  EXPECT_EQ(two->directory, again->directory) << "the cache knows the image by the contents";
}

TEST_F(OwnFiles, OfATimeZone) {
  if (!std::filesystem::exists("/usr/share/zoneinfo/Asia/Tokyo")) GTEST_SKIP() << "tool: no tzdata";
  Closure closure = this->closure();
  ASSERT_TRUE(add_time_zone(closure, ":Asia/Tokyo"));
  const auto made = cached_image(closure);
  ASSERT_TRUE(made) << to_text(made.error());
  EXPECT_EQ(std::filesystem::read_symlink(made->directory + "/etc/localtime"), "/usr/share/zoneinfo/Asia/Tokyo");
  EXPECT_TRUE(file::read_whole(made->directory + "/usr/share/zoneinfo/Asia/Tokyo", 1 << 20)->starts_with("TZif"));
}

TEST_F(OwnFiles, NoOtherFileIsATimeZone) {
  for (const char* zone : {"", ":", "JST-9", "../../../etc/passwd", "/etc/passwd", "Asia", "tzdata.zi", "a b"}) {
    Closure closure = this->closure();
    EXPECT_TRUE(add_time_zone(closure, zone));
    EXPECT_TRUE(closure.fixed.empty()) << zone;
  }
}

TEST(Locale, ComesWithGlibcAlone) {
  if (!std::filesystem::exists("/usr/lib/locale/C.utf8")) GTEST_SKIP() << "tool: no C.utf8";
  const auto has_locale = [](const Closure& closure) {
    return std::ranges::find(closure.trees, "/usr/lib/locale/C.utf8", &Packed::inner) != closure.trees.end();
  };
  const auto dynamic = closure_of("sort", {}, {});
  ASSERT_TRUE(dynamic);
  EXPECT_TRUE(has_locale(*dynamic));
  Closure none;
  ASSERT_TRUE(add_locale(none, {}));
  EXPECT_FALSE(has_locale(none));
}

}  // namespace
}  // namespace immure::plan
