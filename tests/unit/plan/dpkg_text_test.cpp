#include <gtest/gtest.h>

#include "plan/package/dpkg_text.hpp"

namespace immure::plan {
namespace {

constexpr std::string_view kStatus =
    "Package: tool\n"
    "Status: install ok installed\n"
    "Architecture: amd64\n"
    "Multi-Arch: foreign\n"
    "Version: 1.2-3\n"
    "Provides: virtual-tool (= 1), other\n"
    "Pre-Depends: libc6 (>= 2.36)\n"
    "Depends: liba (= 1) | libb, perl:any [amd64]\n"
    "Recommends: data\n"
    "Conffiles:\n"
    " /etc/tool.conf 0123456789abcdef0123456789abcdef\n"
    " /etc/old.conf 0123456789abcdef0123456789abcdef obsolete\n"
    " /etc/new.conf newconffile\n"
    "Description: a tool\n"
    " with a longer text:\n"
    " .\n"
    " that says more\n"
    "\n"
    "Package: gone\n"
    "Status: deinstall ok config-files\n"
    "Architecture: all\n"
    "Version: 1\n";

void expect_error(const Result<std::vector<StatusEntry>>& result, std::string_view where, std::string_view what) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kBadInput);
  EXPECT_EQ(result.error().where, where);
  EXPECT_NE(result.error().what.find(what), std::string::npos) << result.error().what;
}

TEST(DpkgStatus, ReadsWhatDecidesTheFilesOfAnImage) {
  const auto packages = parse_status(kStatus, "status");
  ASSERT_TRUE(packages) << to_text(packages.error());
  ASSERT_EQ(packages->size(), 1U);
  const StatusEntry& tool = packages->front();
  EXPECT_EQ(tool.name, "tool");
  EXPECT_EQ(tool.version, "1.2-3");
  EXPECT_EQ(tool.architecture, "amd64");
  EXPECT_EQ(tool.multi_arch, "foreign");
  EXPECT_EQ(tool.depends,
            (std::vector<Alternatives>{{{"libc6", ""}}, {{"liba", ""}, {"libb", ""}}, {{"perl", "any"}}}));
  EXPECT_EQ(tool.recommends, (std::vector<Alternatives>{{{"data", ""}}}));
  EXPECT_EQ(tool.provides, (std::vector<std::string>{"virtual-tool", "other"}));
  ASSERT_EQ(tool.conffiles.size(), 3U);
  EXPECT_EQ(tool.conffiles[1].path, "/etc/old.conf");
  EXPECT_EQ(tool.conffiles[2].md5, "newconffile");
}

TEST(DpkgStatus, TakesPackagesThatWaitForTriggers) {
  const auto packages = parse_status(
      "Package: a\nStatus: install ok triggers-pending\nArchitecture: all\nVersion: 1\n\n"
      "Package: b\nStatus: install ok half-installed\nArchitecture: all\nVersion: 1\n",
      "status");
  ASSERT_TRUE(packages);
  ASSERT_EQ(packages->size(), 1U);
  EXPECT_EQ(packages->front().name, "a");
}

TEST(DpkgStatus, NamesFileLineAndReasonOfADefect) {
  expect_error(parse_status("Package: a\nno field\n", "status"), "status:2", "is no field");
  expect_error(parse_status(" continued\n", "status"), "status:1", "no field has begun");
  expect_error(parse_status("Status: install ok installed\n\n", "status"), "status:2", "without the field Package");
  expect_error(parse_status("Package: a\n\n", "status"), "status:2", "without the field Status");
  expect_error(parse_status("Package: a\nPackage: b\n", "status"), "status:2", "a second time");
  expect_error(parse_status("Package: ../a\n", "status"), "status:1", "no valid name");
  expect_error(parse_status("Package: a b\n", "status"), "status:1", "no valid name");
  expect_error(parse_status("Package: a\nDepends: x,\n y\n", "status"), "status:3", "in one line");
  expect_error(parse_status("Package: a\nDepends: /etc\n", "status"), "status:2", "no package's name");
  expect_error(parse_status("Package: a\nConffiles:\n /etc/../x 00\n", "status"), "status:3", "not plain");
  expect_error(parse_status("Package: a\nConffiles:\n /etc/x\n", "status"), "status:3", "no conffile");
}

TEST(DpkgStatus, BoundsWhatAHostileDatabaseCosts) {
  const std::string huge(kMaxWord + 1, 'x');
  expect_error(parse_status("Package: " + huge + "\n", "status"), "status:1", "no valid name");
  std::string relations = "Package: a\nDepends: b";
  for (std::size_t i = 0; i < kMaxRelations; ++i) relations += ",b";
  expect_error(parse_status(relations + "\n", "status"), "status:2", "more dependencies");
}

TEST(DpkgList, TakesPlainPathsAlone) {
  const auto paths = parse_file_list("/.\n/usr\n/usr/bin/a b\n", "a.list");
  ASSERT_TRUE(paths);
  EXPECT_EQ(*paths, (std::vector<std::string_view>{"/usr", "/usr/bin/a b"}));
  for (const std::string_view line :
       {"/usr/../etc/shadow", "usr/bin/x", "/usr//bin", "/usr/./bin", "/usr/", "/", "", "/usr/\x01", "/usr/bin\r"}) {
    const auto refused = parse_file_list("/usr\n" + std::string(line) + "\n", "a.list");
    ASSERT_FALSE(refused) << line;
    EXPECT_EQ(refused.error().where, "a.list:2");
  }
  EXPECT_FALSE(parse_file_list("/" + std::string(kMaxPath, 'x') + "\n", "a.list"));
}

TEST(DpkgSums, TakesDigestsOfPlainPathsAlone) {
  const std::string digest = "0123456789abcdef0123456789abcdef";
  const std::string text = digest + "  usr/bin/a\n" + digest + "  ./usr/bin/b\n";
  const auto sums = parse_md5sums(text, "a.md5sums");
  ASSERT_TRUE(sums);
  ASSERT_EQ(sums->size(), 2U);
  EXPECT_EQ(sums->front().path, "usr/bin/a");
  EXPECT_EQ(sums->back().path, "usr/bin/b");
  for (const std::string& line :
       {std::string("0123  usr/a"), digest, digest + " usr/a", digest + "  ../a", digest + "  /usr/a"})
    EXPECT_FALSE(parse_md5sums(line + "\n", "a.md5sums")) << line;
}

TEST(DpkgDiversions, TakesWholeDiversionsAlone) {
  const auto diversions = parse_diversions("/bin/sh\n/bin/sh.distrib\ndash\n/a/b\n/a/c\n:\n", "diversions");
  ASSERT_TRUE(diversions);
  ASSERT_EQ(diversions->size(), 2U);
  EXPECT_EQ(diversions->front().to, "/bin/sh.distrib");
  EXPECT_EQ(diversions->back().package, ":");
  EXPECT_FALSE(parse_diversions("/bin/sh\n/bin/sh.distrib\n", "diversions"));
  EXPECT_FALSE(parse_diversions("/bin/sh\n/../x\ndash\n", "diversions"));
  EXPECT_FALSE(parse_diversions("/bin/sh\n/x/y\na/b\n", "diversions"));
}

TEST(DpkgAlternatives, TakesTheLinksOfAGroup) {
  const auto links = parse_alternative(
      "auto\n/usr/bin/awk\nawk.1.gz\n/usr/share/man/man1/awk.1.gz\n\n/usr/bin/mawk\n5\n\n", "awk", "awk");
  ASSERT_TRUE(links);
  ASSERT_EQ(links->size(), 2U);
  EXPECT_EQ(links->front().name, "awk");
  EXPECT_EQ(links->front().link, "/usr/bin/awk");
  EXPECT_EQ(links->back().name, "awk.1.gz");
  EXPECT_FALSE(parse_alternative("other\n/usr/bin/awk\n\n", "awk", "awk"));
  EXPECT_FALSE(parse_alternative("auto\n../awk\n\n", "awk", "awk"));
  EXPECT_FALSE(parse_alternative("auto\n/usr/bin/awk\n../x\n/usr/bin/y\n\n", "awk", "awk"));
}

}  // namespace
}  // namespace immure::plan
