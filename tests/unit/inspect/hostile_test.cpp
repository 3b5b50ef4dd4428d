/// Corpora made to break programs that read them. No file may crash a worker or let a worker hang, and each file gets a
/// finding.
#include <algorithm>
#include <set>

#include "drop.hpp"
#include "inspect/report/escape.hpp"
#include "quine.hpp"
#include "text/utf8.hpp"
#include "text/visible.hpp"

namespace immure::inspect::test {
namespace {

class Hostile : public Drop {
 protected:
  /// The rules of the findings at each path.
  [[nodiscard]] std::map<std::string, std::set<std::string>> rules() const {
    std::map<std::string, std::set<std::string>> all;
    for (const Json& finding : report()["findings"]) all[finding["path"]].insert(finding["rule"].get<std::string>());
    return all;
  }
  [[nodiscard]] bool has(const std::string& rule, const std::string& path) const {
    const auto all = rules();
    const auto place = all.find(path);
    return place != all.end() && place->second.contains(rule);
  }
  /// Checks that no worker died and that no time limit stopped one.
  void expect_all_survived() const {
    for (const Json& finding : report()["findings"]) {
      const std::string rule = finding["rule"];
      EXPECT_TRUE(rule != "read.parser-died" && rule != "limit.file-time" && rule != "limit.run-time")
          << finding.dump();
    }
  }
};

const std::vector<std::pair<const char*, Prepare>> kFormats{
    {"zip", as_zip},
    {"7z", as_seven_zip},
    {"gz", as_gzip},
    {"bz2", as_bzip2},
    {"xz", as_xz},
    {"zst", as_zstd},
    {"lz4", as_lz4},
    {"cpio", as_cpio},
    {"a", as_ar},
    {"tar", as_tar},
    {"lzma",
     [](archive* a) {
       archive_write_set_format_raw(a);
       archive_write_add_filter_lzma(a);
     }},
};

TEST_F(Hostile, BombsOfEveryKindStopAtTheLimit) {
  const std::string zeros(2U << 20, '\0');
  for (const auto& [name, prepare] : kFormats) put("bomb." + std::string(name), make_archive(prepare, {{"z", zeros}}));
  put("bomb.tgz", gzip(make_archive(as_tar, {{"z", zeros}, {"after", "x"}})));
  put("twice.gz.gz", gzip(gzip(zeros)));
  put("broad.zip", make_archive(as_zip, {{"1.gz", gzip(zeros)}, {"2.gz", gzip(zeros)}, {"3.gz", gzip(zeros)}}));
  put("spent.zip", make_archive(as_zip, {{"exact", zeros.substr(0, 1U << 20)}, {"after", "x"}}));
  put("last.txt", eicar());
  Limits limits;
  limits.expanded_file = 1U << 20;
  EXPECT_EQ(run(limits, 2), 2);
  expect_all_survived();
  for (const Json& one : report()["entries"]) {
    const std::string path = one["path"];
    // The members of these containers are not packed, so they are no larger than the container.
    const bool plain = path == "bomb.a" || path == "bomb.cpio" || path == "bomb.tar";
    EXPECT_EQ(has("limit.expanded-file", path), path != "last.txt" && !plain) << path;
  }
  EXPECT_TRUE(has("yara.eicar_test_file", "last.txt"));
}

/// A zip made by hand: a local header and data for each of `contents`, and a directory that may lie about their places.
struct ZipEntry {
  std::string name, content;
  std::uint64_t offset;  ///< the offset that the directory claims
};
std::string zip_of(const std::string& locals, const std::vector<ZipEntry>& entries) {
  std::string directory;
  for (const ZipEntry& one : entries) {
    directory += "PK\x01\x02" + little(20, 2) + little(20, 2) + little(0, 2) + little(0, 2) + little(0, 4) +
                 little(0, 4) + little(one.content.size(), 4) + little(one.content.size(), 4) +
                 little(one.name.size(), 2) + little(0, 2) + little(0, 2) + little(0, 2) + little(0, 2) + little(0, 4) +
                 little(one.offset, 4) + one.name;
  }
  return locals + directory + "PK\x05\x06" + little(0, 4) + little(entries.size(), 2) + little(entries.size(), 2) +
         little(directory.size(), 4) + little(locals.size(), 4) + little(0, 2);
}
std::string local(const std::string& name, const std::string& content) {
  return "PK\x03\x04" + little(20, 2) + little(0, 2) + little(0, 2) + little(0, 4) + little(0, 4) +
         little(content.size(), 4) + little(content.size(), 4) + little(name.size(), 2) + little(0, 2) + name + content;
}

TEST_F(Hostile, EntriesThatOverlapAreFindings) {
  const std::string kernel(1000, 'k');
  // One zip has two names for the same bytes. In the other zip, an entry has another entry's header in its data.
  put("shared.zip", zip_of(local("a", kernel), {{"a", kernel, 0}, {"b", kernel, 0}}));
  const std::string inner = local("b", kernel);
  put("quoted.zip", zip_of(local("a", inner), {{"a", inner, 0}, {"b", kernel, local("a", "").size()}}));
  put("honest.zip",
      zip_of(local("a", kernel) + local("b", "x"), {{"a", kernel, 0}, {"b", "x", local("a", kernel).size()}}));
  run();
  expect_all_survived();
  EXPECT_TRUE(has("archive.overlap", "shared.zip")) << report()["findings"].dump(1);
  EXPECT_TRUE(has("archive.overlap", "quoted.zip")) << report()["findings"].dump(1);
  EXPECT_FALSE(has("archive.overlap", "honest.zip"));
}

TEST_F(Hostile, LoopsEnd) {
  std::filesystem::create_directory_symlink(".", in() / "self");
  std::filesystem::create_symlink("two", in() / "one");
  std::filesystem::create_symlink("one", in() / "two");
  put("links.tar", make_archive(as_tar, {{"a", "", AE_IFREG, "a", true}, {"b", "", AE_IFLNK, "b"}}));
  // A directory that is its own parent: the record of D points to the extent of the root.
  std::string iso = make_archive(
      [](archive* a) {
        as_iso(a);
        archive_write_set_options(a, "!joliet,!rockridge");
      },
      {{"D/A.TXT", "x"}});
  constexpr std::size_t kSector = 2048, kDescriptor = 16 * kSector, kRootExtent = kDescriptor + 156 + 2;
  const std::string root = iso.substr(kRootExtent, 8);
  const std::size_t directory = kSector * static_cast<unsigned char>(root[0]);
  std::size_t record = directory;
  while (iso[record] != 0 && iso.substr(record + 33, 1) != "D") record += static_cast<unsigned char>(iso[record]);
  ASSERT_EQ(iso.substr(record + 33, 1), "D");
  iso.replace(record + 2, 8, root);
  put("loop.iso", iso);
  // Each level holds the next one, and only the limit ends the nesting.
  std::string level = "x";
  for (int i = 0; i < 40; ++i) level = i % 2 == 0 ? gzip(level) : make_archive(as_tar, {{"n.gz", level}});
  put("levels.tar", level);
  EXPECT_EQ(run(), 2);
  expect_all_survived();
  EXPECT_TRUE(has("limit.container-depth", "levels.tar"));
  EXPECT_TRUE(has("archive.malformed", "loop.iso")) << report()["findings"].dump(1);
  EXPECT_EQ(entry("self")["kind"], "link");
}

TEST_F(Hostile, WhatContainsItselfEndsAtTheDepthThatIsAllowed) {
  const std::map<std::string, std::string> quines{{"q.zip", zip_quine()}, {"q.gz", gzip_quine()}};
  for (const auto& [name, content] : quines) put(name, content);
  EXPECT_EQ(run(), 2);
  expect_all_survived();
  for (const auto& [name, content] : quines) {
    EXPECT_TRUE(has("limit.container-depth", name)) << name;
    const Json members = entry(name)["members"];
    EXPECT_GE(members.size(), Limits{}.container_depth) << name;
    for (const Json& member : members) EXPECT_EQ(member["sha256"], file::sha256_hex(content)) << member.dump();
  }
}

TEST_F(Hostile, NamesAndLinksThatLeadOutAreFoundInEveryFormat) {
  for (const auto& [name, prepare] : kFormats) {
    const std::string format = name;
    const bool names = format == "zip" || format == "7z" || format == "cpio" || format == "tar";
    if (!names) continue;
    put("up." + format, make_archive(prepare, {{"../../etc/x", "x"}}));
    put("down-up." + format, make_archive(prepare, {{"a/../../x", "x"}}));
    put("absolute." + format, make_archive(prepare, {{"/etc/x", "x"}}));
    put("windows." + format, make_archive(prepare, {{"..\\..\\x", "x"}, {"C:\\x", "x"}}));
    put("link." + format, make_archive(prepare, {{"l", "", AE_IFLNK, "../../etc/passwd"}}));
    put("through." + format, make_archive(prepare, {{"l", "", AE_IFLNK, "/tmp"}, {"l/x", "x"}}));
  }
  run();
  expect_all_survived();
  for (const auto& [path, found] : rules()) {
    const bool link = path.starts_with("link") || path.starts_with("through");
    EXPECT_TRUE(found.contains(link ? "archive.link-out" : "archive.traversal")) << path;
  }
  EXPECT_EQ(rules().size(), 4U * 6U);
}

/// Cuts off each archive at every byte. The table says which finding a cut gives, and whether the cut leaves a complete
/// archive.
TEST_F(Hostile, CutsAtEveryByteAreFindings) {
  std::size_t cuts = 0;
  for (const auto& [name, prepare] : kFormats) {
    const std::string whole = make_archive(prepare, {{"a.txt", "some text to be cut off"}});
    const std::size_t step = whole.size() > 600 ? 97 : 1;
    for (std::size_t size = 0; size < whole.size(); size += step, ++cuts)
      put(std::string(name) + "/" + std::to_string(size), std::string_view(whole).substr(0, size));
  }
  run({}, 2);
  expect_all_survived();
  EXPECT_GT(cuts, 700U);
  // No cut passes unnoticed: the rest is no container any more, or a finding says what is missing, or every member came
  // out.
  for (const Json& one : report()["entries"]) {
    if (one["kind"] != "file" || one.contains("gaps")) continue;
    if (std::ranges::find(one["by"], "container") == one["by"].end()) continue;
    const bool empty_ar = one["type"] == "ar" && one["size"] == 8;
    EXPECT_TRUE(one.contains("members") || empty_ar) << one.dump();
    for (const Json& member : one.value("members", Json::array()))
      EXPECT_EQ(member["sha256"], file::sha256_hex("some text to be cut off")) << one.dump();
  }
}

TEST_F(Hostile, ChangedBytesHarmNobody) {
  for (const auto& [name, prepare] : kFormats) {
    const std::string whole = make_archive(prepare, {{"a.txt", "some text to be changed"}});
    const std::size_t step = whole.size() > 600 ? 37 : 1;
    for (std::size_t at = 0; at < whole.size(); at += step) {
      std::string changed = whole;
      changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ (at % 2 == 0 ? 0xFFU : 0x01U));
      put(std::string(name) + "/" + std::to_string(at), changed);
    }
  }
  Limits limits;
  limits.file_ms = 20'000;
  run(limits, 2);
  expect_all_survived();
}

TEST_F(Hostile, EveryKindOfBadNameIsEscapedAndReported) {
  Lines names;
  for (unsigned byte = 1; byte < 256; ++byte) {
    if (byte != '/') names.push_back("b" + std::string(1, static_cast<char>(byte)) + std::to_string(byte));
  }
  const std::vector<std::pair<std::string, std::string>> evil{
      {"name.bidi",
       "a\xE2\x80\xAE"
       "fdp.exe"},
      {"name.invisible", "pay\xE2\x80\x8Bpal"},
      {"name.control", "line\nbreak"},
      {"name.control", "\x1B]0;title\a"},
      {"name.mixed-script", "p\xD0\xB0ypal"},
      {"name.not-utf8", "\xC0\xAF"},
      {"name.reserved", "AUX.txt"},
      {"name.leading-dash", "-rf"},
      {"name.double-extension", "bill.pdf.exe"},
      {"name.portability", "ends."},
      {"name.portability", "a:stream"},
      {"name.not-utf8", "\xED\xA0\x80"},
  };
  for (const auto& [rule, name] : evil) names.push_back(name);
  names.push_back("<script>alert(1)<\\script>");
  names.push_back("{{7*7}}${7*7}`id`$(id)'\"; DROP TABLE--");
  names.push_back(std::string(255, 'n'));
  for (const std::string& name : names) put(name, "x");
  std::vector<Made> members;
  for (const std::string& name : names) members.push_back({name, "x"});
  put("all.tar", make_archive(as_tar, members));
  run();
  expect_all_survived();
  for (const auto& [rule, name] : evil) EXPECT_TRUE(has(rule, Escaped::name(name).str())) << rule << " " << name;
  EXPECT_EQ(report()["coverage"]["entries"]["files"], names.size() + 1);
  for (const char* file : {"report.json", "report.sarif", "manifest.json"}) {
    const std::string text = slurp(out() / file);
    EXPECT_TRUE(text::is_utf8(text)) << file;
    for (std::string_view rest = text; !rest.empty();) {
      const text::CodePoint point = text::decode(rest);
      ASSERT_FALSE(text::is_unseen(point.value)) << file;
      rest.remove_prefix(point.length);
    }
  }
}

TEST_F(Hostile, TheContainersOfClamavAreReached) {
  const std::filesystem::path package = "/usr/share/clamav-testfiles";
  if (!std::filesystem::is_directory(package)) GTEST_SKIP() << "tool: clamav-testfiles is not installed";
  const std::string payload = file::sha256_hex(slurp(package / "clam.exe"));
  for (const auto& one : std::filesystem::directory_iterator(package)) put(one.path().filename(), slurp(one.path()));
  run({}, 2);
  expect_all_survived();
  std::size_t reached = 0;
  for (const Json& one : report()["entries"]) {
    bool found = one["sha256"] == payload;
    for (const Json& member : one.value("members", Json::array()))
      found = found || member.value("sha256", "") == payload;
    reached += found ? 1 : 0;
    // A file packed by FSG has no mark that tells it from other programs.
    EXPECT_TRUE(found || one["path"] == "clam-fsg.exe" || rules().contains(one["path"].get<std::string>()))
        << "silent: " << one.dump().substr(0, 300);
  }
  EXPECT_GE(reached, 15U);
}

}  // namespace
}  // namespace immure::inspect::test
