#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <filesystem>
#include <map>

#include "../file/temp_dir.hpp"
#include "file/md5.hpp"
#include "plan/package/package_memory.hpp"
#include "plan/package/package_paths.hpp"
#include "plan/package/package_set.hpp"

namespace immure::plan {
namespace {

using test::TempDir;

std::string md5(std::string_view text) {
  file::Md5 hash;
  hash.update(std::as_bytes(std::span(text)));
  return hash.finish();
}

struct Made {
  std::string fields;                        ///< fields of the status file, besides those that each package has
  std::map<std::string, std::string> files;  ///< path without a slash at the beginning, and content
};

/// A host whose packages the test makes itself, with files that belong to the caller.
class PackagesTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::chmod(dir_.path().c_str(), 0755), 0); }

  void package(const std::string& name, const Made& made) {
    status_ +=
        "Package: " + name + "\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n" + made.fields + "\n";
    std::string list, sums;
    for (const auto& [path, content] : made.files) {
      dir_.write(path, content);
      list += "/" + path + "\n";
      if (!path.starts_with("etc/")) sums += md5(content) + "  " + path + "\n";
    }
    write_info(name + ".list", list + lists_[name]);
    if (!sums.empty()) write_info(name + ".md5sums", sums);
  }
  void write_info(const std::string& name, const std::string& text) { dir_.write("var/lib/dpkg/info/" + name, text); }

  Result<Gathered> gather(const std::vector<std::string>& paths, const std::vector<std::string>& packages = {}) {
    dir_.write("var/lib/dpkg/status", status_);
    TRY(const auto database, open_dpkg(place()));
    if (!database) return Gathered{};
    return gather_packages(*database, place(), {.paths = paths, .packages = packages, .files = {}}, {});
  }
  PackageSet set(const std::vector<std::string>& paths, const std::vector<std::string>& packages = {}) {
    auto gathered = gather(paths, packages);
    EXPECT_TRUE(gathered) << (gathered ? "" : to_text(gathered.error()));
    return gathered && gathered->set ? *gathered->set : PackageSet{};
  }
  [[nodiscard]] DatabasePlace place() const { return {.root = dir_.path(), .owner = ::geteuid()}; }

  static bool holds(const PackageSet& set, const std::string& path) {
    return std::ranges::find(set.items, path, &PackItem::inner) != set.items.end();
  }
  static bool says(const PackageSet& set, const std::string& path, const std::string& why) {
    return std::ranges::any_of(set.left_out, [&](const std::string& text) {
      return text.starts_with(path + ": ") && text.find(why) != std::string::npos;
    });
  }
  static void expect_error(const Result<Gathered>& gathered, const std::string& where, const std::string& what) {
    ASSERT_FALSE(gathered);
    EXPECT_EQ(gathered.error().code, Code::kBadInput);
    EXPECT_NE(gathered.error().where.find(where), std::string::npos) << to_text(gathered.error());
    EXPECT_NE(gathered.error().what.find(what), std::string::npos) << to_text(gathered.error());
  }

  TempDir dir_;
  std::string status_;
  std::map<std::string, std::string> lists_;  ///< further lines of a package's list
};

TEST_F(PackagesTest, BringWhatTheyDependOnAndRecommend) {
  package("tool", {"Depends: lib (>= 1), missing | other\nRecommends: virtual-data\n", {{"usr/bin/tool", "x"}}});
  package("lib", {"Depends: tool\n", {{"usr/lib/lib.so", "x"}}});  // a loop
  package("other", {"", {{"usr/share/other", "x"}}});
  package("data", {"Provides: virtual-data\n", {{"usr/share/data/d", "x"}}});
  package("stranger", {"", {{"usr/share/stranger", "x"}}});
  const PackageSet found = set({"/usr/bin/tool"});
  EXPECT_EQ(found.packages.size(), 4U);
  for (const char* path : {"/usr/bin/tool", "/usr/lib/lib.so", "/usr/share/other", "/usr/share/data/d"})
    EXPECT_TRUE(holds(found, path)) << path;
  EXPECT_FALSE(holds(found, "/usr/share/stranger"));
  EXPECT_TRUE(holds(set({"/usr/bin/tool"}, {"stranger"}), "/usr/share/stranger"));
}

TEST_F(PackagesTest, ProgramOfNoPackageHasNone) {
  package("tool", {"", {{"usr/bin/tool", "x"}}});
  dir_.write("usr/bin/own", "x");
  const auto found = gather({"/usr/bin/own"});
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->set);
  expect_error(gather({}, {"absent"}), "absent", "not an installed package");
}

TEST_F(PackagesTest, DocumentationStaysOutside) {
  package("tool", {"",
                   {{"usr/bin/tool", "x"},
                    {"usr/share/doc/tool/README", "x"},
                    {"usr/share/man/man1/tool.1", "x"},
                    {"usr/share/locale/de/tool.mo", "x"},
                    {"usr/include/tool.h", "x"},
                    {"usr/lib/tool.a", "x"}}});
  EXPECT_EQ(set({"/usr/bin/tool"}).files, 1U);
}

TEST_F(PackagesTest, MergedDirectoriesStayLinks) {
  std::filesystem::create_directories(dir_ / "usr/bin");
  std::filesystem::create_directory_symlink("usr/bin", dir_ / "bin");
  package("tool", {"", {{"bin/tool", "x"}}});
  const PackageSet found = set({"/usr/bin/tool"});
  EXPECT_TRUE(holds(found, "/usr/bin/tool"));
  EXPECT_TRUE(holds(found, "/bin"));
  EXPECT_EQ(found.aliases.at("/bin"), "usr/bin");
  EXPECT_EQ(behind_aliases(found.aliases, "/bin/more/x"), "/usr/bin/more/x");
}

TEST_F(PackagesTest, LinksNeverPullInWhatTheyLeadTo) {
  dir_.write("etc/shadow", "secret");
  dir_.write("usr/share/tool/real", "x");
  std::filesystem::create_symlink("/etc/shadow", dir_ / "usr/share/tool/leak");
  std::filesystem::create_symlink("../../../etc/shadow", dir_ / "usr/share/tool/leak2");
  std::filesystem::create_symlink("real", dir_ / "usr/share/tool/alias");
  std::filesystem::create_symlink("loop", dir_ / "usr/share/tool/loop");
  lists_["tool"] = "/usr/share/tool/leak\n/usr/share/tool/leak2\n/usr/share/tool/alias\n/usr/share/tool/loop\n";
  package("tool", {"", {{"usr/bin/tool", "x"}, {"usr/share/tool/real", "x"}}});
  const PackageSet found = set({"/usr/bin/tool"});
  EXPECT_TRUE(holds(found, "/usr/share/tool/alias"));
  for (const char* path : {"/usr/share/tool/leak", "/usr/share/tool/leak2", "/usr/share/tool/loop", "/etc/shadow"})
    EXPECT_FALSE(holds(found, path)) << path;
}

TEST_F(PackagesTest, DirectoryThatIsALoopOfLinksIsNotThere) {
  std::filesystem::create_directories(dir_ / "usr/share");
  std::filesystem::create_directory_symlink("b", dir_ / "usr/share/a");
  std::filesystem::create_directory_symlink("a", dir_ / "usr/share/b");
  lists_["tool"] = "/usr/share/a/file\n";
  package("tool", {"", {{"usr/bin/tool", "x"}}});
  EXPECT_EQ(set({"/usr/bin/tool"}).files, 1U);
}

TEST_F(PackagesTest, AChangedConffileIsLeftOutAndReported) {
  const std::string fields = "Conffiles:\n /etc/tool/own.conf " + md5("shipped") + "\n /etc/tool/changed.conf " +
                             md5("shipped") + "\n /etc/tool/new.conf newconffile\n";
  package("tool", {fields,
                   {{"usr/bin/tool", "x"},
                    {"etc/tool/own.conf", "shipped"},
                    {"etc/tool/changed.conf", "password"},
                    {"etc/tool/new.conf", "shipped"}}});
  const PackageSet found = set({"/usr/bin/tool"});
  EXPECT_TRUE(holds(found, "/etc/tool/own.conf"));
  EXPECT_FALSE(holds(found, "/etc/tool/changed.conf"));
  EXPECT_FALSE(holds(found, "/etc/tool/new.conf"));
  EXPECT_TRUE(says(found, "/etc/tool/changed.conf", "may hold a secret"));
  EXPECT_TRUE(is_current(found));
  dir_.write("etc/tool/own.conf", "changed later");
  EXPECT_FALSE(is_current(found));
}

TEST_F(PackagesTest, FileOfEtcWithoutADigestIsLeftOutAndReported) {
  package("tool", {"", {{"usr/bin/tool", "x"}, {"etc/tool.conf", "password"}}});
  const PackageSet found = set({"/usr/bin/tool"});
  EXPECT_FALSE(holds(found, "/etc/tool.conf"));
  EXPECT_TRUE(says(found, "/etc/tool.conf", "may hold a secret"));
}

TEST_F(PackagesTest, WhatOnlySomeMayReadOrOthersMayWriteIsLeftOut) {
  package("tool", {"",
                   {{"usr/bin/tool", "x"},
                    {"usr/share/t/private", "x"},
                    {"usr/share/t/open", "x"},
                    {"usr/share/t/setid", "x"},
                    {"usr/share/closed/f", "x"},
                    {"usr/share/wide/f", "x"}}});
  ASSERT_EQ(::chmod((dir_ / "usr/share/t/private").c_str(), 0600), 0);
  ASSERT_EQ(::chmod((dir_ / "usr/share/t/open").c_str(), 0646), 0);
  ASSERT_EQ(::chmod((dir_ / "usr/share/t/setid").c_str(), 04755), 0);
  ASSERT_EQ(::chmod((dir_ / "usr/share/closed").c_str(), 0700), 0);
  ASSERT_EQ(::chmod((dir_ / "usr/share/wide").c_str(), 0777), 0);
  const PackageSet found = set({"/usr/bin/tool"});
  EXPECT_EQ(found.files, 1U);
  EXPECT_TRUE(says(found, "/usr/share/t/private", "not everybody may read"));
  EXPECT_TRUE(says(found, "/usr/share/t/open", "others may write"));
  EXPECT_TRUE(says(found, "/usr/share/t/setid", "set-user-ID"));
  EXPECT_TRUE(says(found, "/usr/share/closed/f", "not everybody may enter"));
  EXPECT_TRUE(says(found, "/usr/share/wide/f", "others may write to /usr/share/wide"));
}

TEST_F(PackagesTest, DatabaseOfAnotherOwnerIsRefused) {
  package("tool", {"", {{"usr/bin/tool", "x"}}});
  dir_.write("var/lib/dpkg/status", status_);
  const auto other = open_dpkg({.root = dir_.path(), .owner = ::geteuid() + 1});
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().what.find("belongs to user"), std::string::npos);
  ASSERT_EQ(::chmod((dir_ / "var/lib/dpkg/status").c_str(), 0666), 0);
  expect_error(gather({"/usr/bin/tool"}), "/status", "others than root may write");
  ASSERT_EQ(::chmod((dir_ / "var/lib/dpkg/status").c_str(), 0644), 0);
  ASSERT_EQ(::chmod((dir_ / "var/lib/dpkg/info/tool.list").c_str(), 0622), 0);
  expect_error(gather({"/usr/bin/tool"}), "tool.list", "others than root may write");
}

TEST_F(PackagesTest, LinkInTheDatabaseIsRefused) {
  package("tool", {"", {{"usr/bin/tool", "x"}}});
  package("evil", {"", {{"usr/bin/evil", "x"}}});
  std::filesystem::remove(dir_ / "var/lib/dpkg/info/evil.list");
  std::filesystem::create_symlink("/etc/passwd", dir_ / "var/lib/dpkg/info/evil.list");
  expect_error(gather({"/usr/bin/tool"}), "evil.list", "cannot be read");
}

TEST_F(PackagesTest, MalformedListNamesFileAndLine) {
  package("tool", {"", {{"usr/bin/tool", "x"}}});
  write_info("tool.list", "/usr/bin/tool\n/usr/../../etc/shadow\n");
  expect_error(gather({"/usr/bin/tool"}), "tool.list:2", "no plain absolute path");
}

TEST_F(PackagesTest, DivertedFilesLieWhereTheyWereMoved) {
  package("tool", {"", {{"usr/bin/tool", "theirs"}}});
  package("wrapper", {"Depends: tool\n", {{"usr/bin/tool", "ours"}}});
  dir_.write("usr/bin/tool.real", "theirs");
  dir_.write("usr/bin/tool", "ours");
  dir_.write("var/lib/dpkg/diversions", "/usr/bin/tool\n/usr/bin/tool.real\nwrapper\n");
  const PackageSet found = set({"/usr/bin/tool"});
  const auto item = std::ranges::find(found.items, "/usr/bin/tool", &PackItem::inner);
  ASSERT_NE(item, found.items.end());
  EXPECT_EQ(item->package, "wrapper 1");
  EXPECT_TRUE(holds(found, "/usr/bin/tool.real"));
  EXPECT_EQ(set({"/usr/bin/tool.real"}).packages.front().name, "tool");
}

TEST_F(PackagesTest, ChosenAlternativesAreLinks) {
  package("mawk", {"", {{"usr/bin/mawk", "x"}}});
  std::filesystem::create_directories(dir_ / "etc/alternatives");
  std::filesystem::create_symlink("/etc/alternatives/awk", dir_ / "usr/bin/awk");
  std::filesystem::create_symlink("/usr/bin/mawk", dir_ / "etc/alternatives/awk");
  std::filesystem::create_symlink("/usr/bin/vim", dir_ / "etc/alternatives/editor");
  dir_.write("var/lib/dpkg/alternatives/awk", "auto\n/usr/bin/awk\n\n/usr/bin/mawk\n5\n\n");
  const PackageSet found = set({"/usr/bin/mawk"});
  EXPECT_TRUE(holds(found, "/usr/bin/awk"));
  EXPECT_TRUE(holds(found, "/etc/alternatives/awk"));
  EXPECT_FALSE(holds(found, "/etc/alternatives/editor"));
}

TEST_F(PackagesTest, GeneratedDataGoesInByName) {
  package("libc6", {"", {{"usr/lib/x/gconv/UTF-16.so", "x"}}});
  dir_.write("usr/lib/x/gconv/gconv-modules.cache", "made by a script");
  dir_.write("usr/lib/x/gconv/of-no-package", "x");
  dir_.write("usr/share/py/__pycache__/a.cpython-311.pyc", "x");
  dir_.write("usr/share/py/__pycache__/b.cpython-311.pyc", "x");
  package("tool", {"Depends: libc6\n", {{"usr/bin/tool", "x"}, {"usr/share/py/a.py", "x"}}});
  const PackageSet found = set({"/usr/bin/tool"});
  EXPECT_TRUE(holds(found, "/usr/lib/x/gconv/gconv-modules.cache"));
  EXPECT_FALSE(holds(found, "/usr/lib/x/gconv/of-no-package"));
  EXPECT_TRUE(holds(found, "/usr/share/py/__pycache__/a.cpython-311.pyc"));
  EXPECT_FALSE(holds(found, "/usr/share/py/__pycache__/b.cpython-311.pyc"));
}

TEST_F(PackagesTest, AreRememberedAsTheyWereGathered) {
  package("tool", {"", {{"usr/bin/tool", "x"}}});
  auto gathered = gather({"/usr/bin/tool"});
  ASSERT_TRUE(gathered);
  const std::string text = memory_text(*gathered, "boot");
  const auto again = parse_memory(text, "boot");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->set->key, gathered->set->key);
  EXPECT_EQ(again->set->packages, gathered->set->packages);
  EXPECT_TRUE(again->set->items.empty());
  EXPECT_FALSE(parse_memory(text, "another boot"));
  EXPECT_FALSE(parse_memory(text + "\n", "boot"));
  for (std::size_t length = 0; length < text.size(); ++length)
    EXPECT_FALSE(parse_memory(text.substr(0, length), "boot")) << length;
}

TEST_F(PackagesTest, EveryChangeOfTheDatabaseChangesItsState) {
  package("tool", {"", {{"usr/bin/tool", "x"}}});
  dir_.write("var/lib/dpkg/status", status_);
  const auto database = open_dpkg(place());
  ASSERT_TRUE(database);
  const auto before = (*database)->state();
  ASSERT_TRUE(before) << to_text(before.error());
  dir_.write("var/lib/dpkg/status.new", status_ + "\n");
  std::filesystem::rename(dir_ / "var/lib/dpkg/status.new", dir_ / "var/lib/dpkg/status");
  EXPECT_NE(*(*database)->state(), *before);
}

}  // namespace
}  // namespace immure::plan
