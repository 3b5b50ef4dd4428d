#include "plan/image/container_image.hpp"

#include <gtest/gtest.h>

#include "probe/fixed_files.hpp"

#include <algorithm>

#include <sys/stat.h>
#include <unistd.h>

#include "file/io.hpp"
#include "file/sha256.hpp"
#include "image_fixture.hpp"
#include "plan/image/container_manifest.hpp"
#include "tar_file.hpp"

namespace immure::plan {
namespace {

using test::TarFile;

#if defined(__x86_64__)
constexpr const char* kMachine = "amd64";
#else
constexpr const char* kMachine = "arm64";
#endif

class ContainerTest : public ImageTest {
 protected:
  std::string blob(const std::string& bytes) const {
    const std::string digest = file::sha256_hex(bytes);
    dir_.write("oci/blobs/sha256/" + digest, bytes);
    return digest;
  }
  static std::string descriptor(const std::string& digest, std::size_t size, const std::string& more = {}) {
    return R"({"mediaType":"x","digest":"sha256:)" + digest + R"(","size":)" + std::to_string(size) + more + "}";
  }
  /// Writes a layout with one image, opens the image, and returns the result.
  [[nodiscard]] Result<Rootfs> image_of(const std::vector<std::string>& layers, const std::string& tag = {}) const {
    std::string ids, blobs;
    for (const std::string& layer : layers) {
      const std::string digest = blob(layer);
      ids += (ids.empty() ? "" : ",") + ("\"sha256:" + digest + "\"");
      blobs += (blobs.empty() ? "" : ",") + descriptor(digest, layer.size());
    }
    const std::string config = std::string(R"({"architecture":")") + kMachine +
                               R"(","os":"linux","config":{"Env":["PATH=/app:/bin"],"Entrypoint":["/x"]},)" +
                               R"("rootfs":{"type":"layers","diff_ids":[)" + ids + "]}}";
    const std::string manifest =
        R"({"schemaVersion":2,"config":)" + descriptor(blob(config), config.size()) + R"(,"layers":[)" + blobs + "]}";
    dir_.write("oci/index.json", R"({"manifests":[)" +
                                     descriptor(blob(manifest), manifest.size(),
                                                R"(,"annotations":{"org.opencontainers.image.ref.name":"one"})") +
                                     "]}");
    return open_container_image("oci:" + (dir_ / "oci") + tag);
  }
  /// The paths in the image, or the error as text.
  [[nodiscard]] static std::string paths(const Result<Rootfs>& rootfs) {
    if (!rootfs) return to_text(rootfs.error());
    std::string text;
    std::vector<std::string> found;
    for (const std::string& line : listed(rootfs->path)) found.push_back(line.substr(5));
    // Every image has immure's fixed files. The tests look at what the layers brought.
    const auto is_fixed = [](const std::string& path) {
      return std::ranges::any_of(probe::constant_files(), [&](const auto& file) { return file.path == "/" + path; });
    };
    std::erase_if(found, is_fixed);
    const bool has_own_etc = std::ranges::any_of(found, [](const auto& path) { return path.starts_with("etc/"); });
    for (const std::string& path : found)
      if (path != "." && path != "in" && path != "out" && path != "dev" && (path != "etc" || has_own_etc))
        text += path + " ";
    return text;
  }
  [[nodiscard]] static std::string content(const Result<Rootfs>& rootfs, const std::string& path) {
    return rootfs ? file::read_whole(rootfs->path + "/" + path, 1 << 20).value_or("none") : "none";
  }
};

TEST_F(ContainerTest, LayersLieAboveEachOther) {
  const auto image = image_of({TarFile().directory("a").file("a/one", "1").file("a/two", "2").file("b", "b").bytes(),
                               TarFile().file("a/one", "new").file("a/.wh.two", "").file("./c", "c").bytes()});
  EXPECT_EQ(paths(image), "a a/one b c ");
  EXPECT_EQ(content(image, "a/one"), "new");
  EXPECT_EQ(image->image.source.layers.size(), 2U);
  EXPECT_EQ(image->image.source.kind, "oci");
  EXPECT_EQ(image->ignored, (std::vector<std::string>{"Entrypoint", "Env"}));
  EXPECT_EQ(image->search, (std::vector<std::string>{"/app", "/bin"}));
}

TEST_F(ContainerTest, SecondRunUnpacksNothing) {
  const std::string layer = TarFile().file("a", "a").bytes();
  const auto first = image_of({layer});
  ASSERT_TRUE(first) << to_text(first.error());
  std::filesystem::remove(dir_ / ("oci/blobs/sha256/" + file::sha256_hex(layer)));
  const auto second = open_container_image("oci:" + (dir_ / "oci"));
  ASSERT_TRUE(second) << to_text(second.error());
  EXPECT_EQ(second->path, first->path);
  EXPECT_EQ(in_cache().size(), 1U);
}

TEST_F(ContainerTest, OpaqueDirectoryHidesLowerLayersAlone) {
  EXPECT_EQ(paths(image_of({TarFile().file("d/low", "1").file("d/sub/low", "1").bytes(),
                            TarFile().file("d/high", "2").file("d/.wh..wh..opq", "").file("d/late", "3").bytes()})),
            "d d/high d/late ");
  EXPECT_EQ(paths(image_of({TarFile().file("d/low", "1").bytes(), TarFile().file("d", "a file now").bytes()})), "d ");
  EXPECT_EQ(paths(image_of({TarFile().file("d", "1").bytes(), TarFile().file("d/x", "2").bytes()})).find("d/x") !=
                std::string::npos,
            true);
}

TEST_F(ContainerTest, HardLinksShareTheirContent) {
  const auto image = image_of({TarFile().file("a/one", "1").hard_link("a/two", "a/one").bytes(),
                               TarFile().hard_link("three", "a/one").bytes()});
  EXPECT_EQ(paths(image), "a a/one a/two three ");
  EXPECT_EQ(content(image, "three"), "1");
}

TEST_F(ContainerTest, LinkedParentLeadsToAPlaceInTheImage) {
  const auto image = image_of({TarFile().directory("usr").directory("usr/lib").link("lib", "usr/lib").bytes(),
                               TarFile().file("lib/x", "1").bytes()});
  EXPECT_EQ(paths(image), "lib usr usr/lib usr/lib/x ");
  // Absolute links and links that lead upwards stay inside the image too.
  const auto above = image_of({TarFile().link("up", "../../../etc").link("abs", "/etc").bytes(),
                               TarFile().file("up/x", "1").file("abs/y", "2").bytes()});
  EXPECT_EQ(paths(above), "abs etc etc/x etc/y up ");
  EXPECT_FALSE(std::filesystem::exists("/etc/x"));
}

TEST_F(ContainerTest, HostileMembersAreRefused) {
  const std::vector<std::pair<TarFile, std::string>> cases = {
      {TarFile().file("../x", "1"), "leads upwards"},
      {TarFile().file("a/../../x", "1"), "leads upwards"},
      {TarFile().hard_link("x", "../../etc/passwd"), "leads upwards"},
      {TarFile().hard_link("x", "etc/passwd"), "no file of the image"},
      {TarFile().hard_link("x", "/etc/hostname"), "no file of the image"},
      {TarFile().link("a", "b").link("b", "a").file("a/x", "1"), "loop of links"},
      {TarFile().file("a/.wh...", "1"), "removes nothing"},
      {TarFile().file("a", "1").file("a/b", "2"), "below a file"},
  };
  for (const auto& [tar, what] : cases) {
    const std::string found = paths(image_of({tar.bytes()}));
    EXPECT_NE(found.find(what), std::string::npos) << found;
    EXPECT_TRUE(in_cache().empty());
  }
}

TEST_F(ContainerTest, AbsoluteNamesAndDuplicatesLandInTheImage) {
  const auto image = image_of({TarFile().file("/abs", "1").file("twice", "1").file("twice", "2").bytes()});
  EXPECT_EQ(paths(image), "abs twice ");
  EXPECT_EQ(content(image, "twice"), "2");
}

TEST_F(ContainerTest, DevicesSetIdBitsAndSpecialPathsAreLeftOut) {
  const auto image = image_of({TarFile()
                                   .add("node", '3', {})
                                   .add("pipe", '6', {})
                                   .file("su", "x", 04755)
                                   .file("etc/passwd", "root")
                                   .file("etc/app", "kept")
                                   .file("dev/null", "x")
                                   .file("tmp/x", "x")
                                   .bytes()});
  EXPECT_EQ(paths(image), "etc etc/app su ");
  ASSERT_TRUE(image);
  for (const char* start : {"/node: is a char-device", "/pipe: is a fifo", "/su: its set", "/etc/passwd: ", "/dev: "})
    EXPECT_TRUE(std::ranges::any_of(image->image.source.left_out, [&](const auto& line) {
      return line.starts_with(start);
    })) << start;
  EXPECT_TRUE(content(image, "etc/passwd").starts_with("root:x:0:0:"));
  EXPECT_EQ(content(image, "dev/null"), "");
  struct stat status{};
  ASSERT_EQ(::stat((image->path + "/su").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0555U);
}

TEST_F(ContainerTest, DigestsAreVerified) {
  const std::string layer = TarFile().file("a", "a").bytes();
  const std::string path = dir_ / ("oci/blobs/sha256/" + file::sha256_hex(layer));
  ASSERT_TRUE(image_of({layer}));
  std::filesystem::remove_all(dir_ / "cache");
  // Bytes after the end of the archive count as well.
  dir_.write("oci/blobs/sha256/" + file::sha256_hex(layer), layer + "x");
  const auto refused = open_container_image("oci:" + (dir_ / "oci"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("has the digest"), std::string::npos);
  EXPECT_TRUE(in_cache().empty());
  dir_.write("oci/blobs/sha256/" + file::sha256_hex(layer), layer.substr(0, 700));
  EXPECT_FALSE(open_container_image("oci:" + (dir_ / "oci")));
}

TEST_F(ContainerTest, TagsChooseAnImage) {
  const std::string layer = TarFile().file("a", "a").bytes();
  EXPECT_EQ(paths(image_of({layer}, ":one")), "a ");
  EXPECT_NE(paths(image_of({layer}, ":two")).find("no image with the tag two"), std::string::npos);
  EXPECT_FALSE(open_container_image(dir_ / "oci"));
  EXPECT_FALSE(open_container_image("oci:" + (dir_ / "none")));
}

TEST_F(ContainerTest, DockerArchive) {
  const std::string layer = TarFile().file("app/tool", test::ElfFile().bytes(), 0755).bytes();
  const std::string config = std::string(R"({"architecture":")") + kMachine +
                             R"(","os":"linux","rootfs":{"diff_ids":["sha256:)" + file::sha256_hex(layer) + R"("]}})";
  const std::string config_name = file::sha256_hex(config) + ".json";
  const std::string list = R"([{"Config":")" + config_name + R"(","RepoTags":["x:1"],"Layers":["one/layer.tar"]}])";
  const auto archive = [&](const std::string& stored) {
    return dir_.write("image.tar", TarFile()
                                       .file("zero/layer.tar", stored)
                                       .link("one/layer.tar", "../zero/layer.tar")
                                       .file(config_name, config)
                                       .file("manifest.json", list)
                                       .bytes());
  };
  const auto image = open_container_image("docker-archive:" + archive(layer));
  EXPECT_EQ(paths(image), "app app/tool ");
  ASSERT_TRUE(image);
  EXPECT_EQ(image->image.source.sha256, file::sha256_hex(config));
  const auto closure = closure_in_rootfs(*image, "/app/tool", {});
  ASSERT_TRUE(closure) << to_text(closure.error());
  EXPECT_TRUE(rootfs_image(*image, *closure));
  std::filesystem::remove_all(dir_ / "cache");
  EXPECT_FALSE(open_container_image("docker-archive:" + archive(TarFile().file("app/tool", "other").bytes())));
}

TEST(ContainerManifest, RefusesDeepNestingWithoutWork) {
  const std::string deep = R"({"manifests":)" + std::string(1'000'000, '[');
  const auto chosen = choose_manifest(deep, std::nullopt, "index");
  ASSERT_FALSE(chosen);
  EXPECT_NE(chosen.error().what.find("levels deep"), std::string::npos) << chosen.error().what;
}

TEST(ContainerManifest, RefusesWhatIsNoImage) {
  for (const char* text : {"", "{", "[]", "{}", R"({"manifests":{}})", R"({"manifests":[]})",
                           R"({"manifests":[{"digest":"sha256:00","size":1}]})", R"({"manifests":[{"size":1}]})"})
    EXPECT_FALSE(choose_manifest(text, std::nullopt, "index")) << text;
  for (const char* text : {"", "[]", R"({"config":{},"layers":[]})"}) EXPECT_FALSE(parse_manifest(text, "m")) << text;
  for (const char* text : {"[]", R"({"rootfs":{}})", R"({"architecture":"vax","rootfs":{"diff_ids":[]}})",
                           R"({"rootfs":{"diff_ids":["md5:1"]}})"})
    EXPECT_FALSE(parse_config(text, "c")) << text;
  for (const char* text : {"{}", "[]", "[{},{}]", R"([{"Config":1,"Layers":[]}])"})
    EXPECT_FALSE(parse_saved(text, "s")) << text;
}

}  // namespace
}  // namespace immure::plan
