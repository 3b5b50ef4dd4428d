/// Ordinary files in which a rule once saw something. None of them may be a finding that a person would not defend.
#include <algorithm>

#include "drop.hpp"
#include "quine.hpp"

namespace immure::inspect::test {
namespace {

using namespace std::string_literals;

class Innocent : public Drop {
 protected:
  void expect_nothing() {
    run();
    EXPECT_EQ(findings(), Lines{}) << report()["findings"].dump(1);
  }
  [[nodiscard]] std::vector<std::string> severe() const {
    std::vector<std::string> all;
    for (const Json& finding : report()["findings"]) {
      if (finding["severity"] == "high" || finding["severity"] == "critical")
        all.push_back(finding["rule"].get<std::string>() + " " + finding["path"].get<std::string>());
    }
    return all;
  }
};

std::string ar_member(std::string name, const std::string& content) {
  name.resize(16, ' ');
  std::string size = std::to_string(content.size());
  size.resize(10, ' ');
  return name + "0           0     0     100644  " + size + "`\n" + content + (content.size() % 2 != 0 ? "\n" : "");
}

TEST_F(Innocent, StaticLibrariesHaveTablesAndMembersOfOneName) {
  put("lib.a", "!<arch>\n" + ar_member("/", std::string(8, '\0')) + ar_member("//", "a_long_name_of_a_member.txt/\n") +
                   ar_member("/0", "text\n") + ar_member("same.txt/", "one\n") + ar_member("same.txt/", "two\n"));
  expect_nothing();
}

TEST_F(Innocent, EmptyStreamsAreWhole) {
  for (const auto& [name, prepare] : std::vector<std::pair<std::string, Prepare>>{
           {"gz", as_gzip}, {"bz2", as_bzip2}, {"xz", as_xz}, {"zst", as_zstd}})
    put("empty.txt." + name, make_archive(prepare, {{"x", ""}}));
  put("empty.txt.lz4", "\x04\x22\x4D\x18\x64\x40\xA7\0\0\0\0\x05\x5D\xCC\x02"s);
  put("empty.tar", std::string(10240, '\0'));
  put("empty.zip", "PK\x05\x06" + std::string(18, '\0'));
  run();
  EXPECT_EQ(severe(), Lines{});
  for (const Json& one : report()["findings"]) EXPECT_EQ(one["rule"], "") << one;
  EXPECT_TRUE(complete());
}

TEST_F(Innocent, DirectoriesPassOnTheirGroup) {
  put("a.tar", make_archive(as_tar, {{"d", "", AE_IFDIR, "", false, 02775}, {"d/a.txt", "text\n"}}));
  expect_nothing();
}

TEST_F(Innocent, DirectoriesMayBeListedTwice) {
  put("a.tar", make_archive(as_tar, {{"d", "", AE_IFDIR, "", false, 0755}, {"d", "", AE_IFDIR, "", false, 0755}}));
  expect_nothing();
}

TEST_F(Innocent, WordsInDifferentMembersAreNoDocument) {
  const std::string php = "<?php\necho 1;\n", notes = "Never write system($_GET['c']) in a script.\n";
  const std::string relation = "<Relationship Type=\"http://x.invalid/relationships/attachedTemplate\"/>",
                    external = "<Relationship Target=\"http://example.invalid/\" TargetMode=\"External\"/>";
  put("a.tar",
      make_archive(as_tar, {{"a.php", php}, {"notes.txt", notes}, {"a.rels", relation}, {"b.rels", external}}));
  put("a.cpio", make_archive(as_cpio, {{"a.php", php}, {"notes.txt", notes}}));
  expect_nothing();
}

TEST_F(Innocent, ADocumentMayHaveALinkAndALocalTemplate) {
  put("a.docx",
      make_archive(as_zip, {{"word/document.xml", "<?xml version=\"1.0\"?><w:document/>"},
                            {"[Content_Types].xml", "<?xml version=\"1.0\"?><Types/>"},
                            {"word/_rels/settings.xml.rels",
                             "<?xml version=\"1.0\"?><Relationships><Relationship Id=\"1\" "
                             "Type=\"http://x.invalid/relationships/attachedTemplate\" "
                             "Target=\"file:///C:\\Templates\\Normal.dotm\" TargetMode=\"External\"/>"
                             "<Relationship Id=\"2\" Type=\"http://x.invalid/relationships/hyperlink\" "
                             "Target=\"https://example.invalid/\" TargetMode=\"External\"/></Relationships>"}}));
  expect_nothing();
  EXPECT_EQ(entry("a.docx")["type"], "ooxml");
  put("b.docx", make_archive(as_zip, {{"[Content_Types].xml", "<Types/>"},
                                      {"word/_rels/settings.xml.rels",
                                       "<Relationship Type=\"http://x.invalid/relationships/attachedTemplate\" "
                                       "Target=\"https://example.invalid/a.dotm\" TargetMode=\"External\"/>"}}));
  run();
  EXPECT_TRUE(found("yara.ooxml_remote_template b.docx!/word/_rels/settings.xml.rels"));
}

TEST_F(Innocent, AnEpubMayBeginWithItsMetadata) {
  put("a.epub", make_archive(as_zip, {{"META-INF/container.xml", "<?xml version=\"1.0\"?><container/>"},
                                      {"mimetype", "application/epub+zip"}}));
  expect_nothing();
  EXPECT_EQ(entry("a.epub")["type"], "epub");
}

TEST_F(Innocent, AFolderNamedBasicHasNoMacros) {
  put("a.zip", make_archive(as_zip, {{"Basic/readme.txt", "a language\n"}}));
  expect_nothing();
  put("a.odt", make_archive(
                   [](archive* a) {
                     archive_write_set_format_zip(a);
                     archive_write_zip_set_compression_store(a);
                   },
                   {{"mimetype", "application/vnd.oasis.opendocument.text"}, {"Basic/Standard/M.xml", "<a/>"}}));
  run();
  EXPECT_TRUE(found("type.macro a.odt!/Basic/Standard/M.xml")) << report()["findings"].dump(1);
}

TEST_F(Innocent, WhatNobodyKnowsIsNoMismatch) {
  put("a.png", "\x01\x02\x03\xFE\xFF");
  run();
  EXPECT_EQ(findings(), Lines{"type.unknown a.png"});
}

TEST_F(Innocent, AnUnknownKindThatTheUserKnowsIsNoGap) {
  put("a.XYZ", "\x01\x02\x03\xFE\xFF");
  put("b.abc", "\x01\x02\x03\xFE\xFF");
  Limits limits;
  limits.opaque = {"xyz"};
  EXPECT_EQ(run(limits), 2);
  EXPECT_EQ(findings(), Lines{"type.unknown b.abc"});
  EXPECT_EQ(report()["opaque"], Json::parse(R"(["xyz"])"));
}

TEST_F(Innocent, LinksToTheSystemAreNoEscape) {
  put("a.tar", make_archive(as_tar, {{"bin/vi", "", AE_IFLNK, "/etc/alternatives/vi"},
                                     {"null", "", AE_IFLNK, "/dev/null"},
                                     {"key", "", AE_IFLNK, "/etc/shadow"},
                                     {"up", "", AE_IFLNK, "/usr/../etc/shadow"}}));
  std::filesystem::create_symlink("/usr/lib/x", in() / "x");
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(severe(), (Lines{"archive.link-out a.tar", "archive.link-out a.tar"}));
  EXPECT_TRUE(found("path.link-absolute x"));
}

TEST_F(Innocent, AMethodThatIsNotSupportedIsNamed) {
  std::string zip = make_archive(
      [](archive* a) {
        archive_write_set_format_zip(a);
        archive_write_zip_set_compression_store(a);
      },
      {{"a.txt", "some text"}});
  zip.replace(8, 2, "\x06\0"s);
  zip.replace(zip.find("PK\x01\x02") + 10, 2, "\x06\0"s);
  put("a.zip", zip);
  EXPECT_EQ(run(), 2);
  EXPECT_EQ(findings(), Lines{"archive.unsupported a.zip!/a.txt"});
  EXPECT_NE(report()["findings"][0]["seen"].get<std::string>().find("imploded"), std::string::npos);
}

/// An OLE document of one stream, in sectors that do not follow each other.
std::string ole(const std::string& name, const std::string& content) {
  constexpr std::size_t kSector = 512;
  const std::size_t count = (content.size() + kSector - 1) / kSector;
  std::string header = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + std::string(16, '\0') + little(0x3E, 2) + little(3, 2) +
                       little(0xFFFE, 2) + little(9, 2) + little(6, 2) + std::string(10, '\0') + little(1, 4) +
                       little(1, 4) + little(0, 4) + little(0, 4) + little(0xFFFFFFFE, 4) + little(0, 4) +
                       little(0xFFFFFFFE, 4) + little(0, 4) + little(0, 4);
  while (header.size() < kSector) header += "\xFF";
  // Sector 0 is the table, sector 1 the directory; the stream has every second sector after these.
  std::vector<std::uint32_t> table(kSector / 4, 0xFFFFFFFF);
  table[0] = 0xFFFFFFFD;
  table[1] = 0xFFFFFFFE;
  std::vector<std::string> sectors(3 + 2 * count, std::string(kSector, '\0'));
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t place = 2 + 2 * i;
    table[place] = i + 1 == count ? 0xFFFFFFFE : static_cast<std::uint32_t>(place + 2);
    std::string part = content.substr(i * kSector, kSector);
    part.resize(kSector, '\0');
    sectors[place] = part;
  }
  const auto entry = [](const std::string& label, char kind, std::uint32_t start, std::size_t size) {
    std::string out;
    for (const char c : label) out += std::string(1, c) + '\0';
    out.resize(64, '\0');
    out += little(2 * label.size() + 2, 2) + kind + '\1' + little(0xFFFFFFFF, 4) + little(0xFFFFFFFF, 4) +
           little(0xFFFFFFFF, 4);
    out.resize(116, '\0');
    return out + little(start, 4) + little(size, 8);
  };
  sectors[1] = entry("Root Entry", '\5', 0xFFFFFFFE, 0) + entry(name, '\2', 2, content.size()) + std::string(256, '\0');
  sectors[0].clear();
  for (const std::uint32_t next : table) sectors[0] += little(next, 4);
  std::string all = header;
  for (const std::string& sector : sectors) all += sector;
  return all;
}

TEST_F(Innocent, AZipWithinAnOfficeDocumentIsOrdinary) {
  const std::string theme =
      make_archive(as_zip, {{"theme.xml", "<theme/>" + std::string(3000, ' ')}, {"a.txt", "text"}});
  put("a.doc", ole("Theme", theme));
  expect_nothing();
  put("b.doc", ole("Theme", make_archive(as_zip, {{"e.txt", eicar()}, {"a.txt", std::string(3000, 'x')}})));
  run();
  EXPECT_TRUE(found("yara.eicar_test_file b.doc!/Theme!/e.txt")) << report()["findings"].dump(1);
}

TEST_F(Innocent, TheInspectorDoesNotFindItsOwnRules) {
  put("immure-inspect", slurp(IMMURE_INSPECT), 0755);
  run();
  EXPECT_EQ(severe(), Lines{});
}

}  // namespace
}  // namespace immure::inspect::test
