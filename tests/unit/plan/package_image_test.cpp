#include <gtest/gtest.h>

#include <sys/stat.h>

#include <memory>
#include <span>

#include "file/md5.hpp"
#include "image_fixture.hpp"
#include "plan/image/pack.hpp"
#include "plan/package/package_set.hpp"

namespace immure::plan {
namespace {

class PackageImageTest : public ImageTest {
 protected:
  /// The program and a file of a package that names the MD5 digest of `text` for this file.
  Closure with_package_file(const std::string& inner, const std::string& source, const std::string& text) {
    struct stat status{};
    EXPECT_EQ(::stat(source.c_str(), &status), 0);
    PackItem item = item_of(inner, source, status);
    file::Md5 digest;
    digest.update(std::as_bytes(std::span(text)));
    item.md5 = digest.finish();
    item.package = "tool 1";
    auto set = std::make_shared<PackageSet>();
    set->key = std::string(64, 'a');
    set->items.push_back(std::move(item));
    Closure made = closure();
    made.packages = std::move(set);
    return made;
  }
  Closure with_data_of(const std::string& text) {
    return with_package_file("/usr/share/data", dir_.write("data", "what is there"), text);
  }
};

TEST_F(PackageImageTest, FileOfItsPackageIsPacked) {
  const auto made = cached_image(with_data_of("what is there"));
  ASSERT_TRUE(made) << to_text(made.error());
  EXPECT_TRUE(std::filesystem::exists(made->directory + "/usr/share/data"));
  EXPECT_TRUE(made->source.left_out.empty());
}

TEST_F(PackageImageTest, FileThatItsPackageDidNotInstallIsLeftOutAndReported) {
  for (int time = 0; time < 2; ++time) {
    const auto made = cached_image(with_data_of("what was installed"));
    ASSERT_TRUE(made) << to_text(made.error());
    EXPECT_FALSE(std::filesystem::exists(made->directory + "/usr/share/data"));
    EXPECT_TRUE(std::filesystem::exists(made->directory + "/app/tool"));
    EXPECT_EQ(made->source.left_out, std::vector<std::string>{"/usr/share/data (tool 1 installed another file)"});
  }
}

TEST_F(PackageImageTest, ProgramThatItsPackageDidNotInstallIsRefused) {
  const auto made = cached_image(with_package_file("/app/tool", program_, "what was installed"));
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().what.find("tool 1 names another digest"), std::string::npos) << to_text(made.error());
  EXPECT_TRUE(in_cache().empty());
}

}  // namespace
}  // namespace immure::plan
