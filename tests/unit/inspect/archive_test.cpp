#include <algorithm>

#include "drop.hpp"

namespace immure::inspect::test {
namespace {

using Archives = Drop;

TEST_F(Archives, EveryFormatIsOpened) {
  const std::vector<Made> files{{"a.txt", "hello"}};
  put("x.zip", make_archive(as_zip, files));
  put("x.tar", make_archive(as_tar, files));
  put("x.7z", make_archive(as_seven_zip, files));
  put("x.cpio", make_archive(as_cpio, files));
  put("x.a", make_archive(as_ar, files));
  put("x.iso", make_archive(as_iso, files));
  const std::string tar = make_archive(as_tar, files);
  put("x.tar.gz", make_archive(as_gzip, {{"x", tar}}));
  put("x.tar.xz", make_archive(as_xz, {{"x", tar}}));
  put("x.tar.zst", make_archive(as_zstd, {{"x", tar}}));
  put("x.tar.bz2", make_archive(as_bzip2, {{"x", tar}}));
  put("x.tar.lz4", make_archive(as_lz4, {{"x", tar}}));
  EXPECT_EQ(run(), 0) << report()["findings"].dump(1);
  for (const char* name : {"x.zip", "x.tar", "x.7z", "x.cpio", "x.a", "x.iso"}) {
    const Lines got = members(name);
    EXPECT_TRUE(std::ranges::any_of(got, [](const std::string& one) { return one == "a.txt" || one == "A.TXT"; }))
        << name;
  }
  for (const char* name : {"x.tar.gz", "x.tar.xz", "x.tar.zst", "x.tar.bz2", "x.tar.lz4"}) {
    EXPECT_EQ(members(name), (Lines{"x.tar", "x.tar!/a.txt"})) << name;
  }
  const Json member = entry("x.zip")["members"][0];
  EXPECT_EQ(member["sha256"], file::sha256_hex("hello"));
  EXPECT_EQ(member["size"], 5);
  EXPECT_EQ(member["type"], "text");
}

TEST_F(Archives, EicarIsFoundThroughEveryLayer) {
  const std::string inner = make_archive(as_zip, {{"e.txt", eicar()}});
  put("a.tgz", gzip(make_archive(as_tar, {{"b.zip", inner}})));
  EXPECT_EQ(run(), 1);
  EXPECT_TRUE(found("yara.eicar_test_file a.tgz!/a.tar!/b.zip!/e.txt")) << report()["findings"].dump(1);
  EXPECT_TRUE(complete());
}

TEST_F(Archives, HostileMemberNamesAreFindings) {
  put("a.tar",
      make_archive(as_tar, {{"../evil", "x"}, {"/etc/cron.d/x", "x"}, {"ok", "x"}, {"ok", "y"}, {"a\nb", "x"}}));
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(findings(), (Lines{"archive.traversal a.tar!/../evil", "archive.traversal a.tar!//etc/cron.d/x",
                               "name.control a.tar!/a%0Ab", "archive.duplicate a.tar!/ok"}));
}

TEST_F(Archives, LinkAndDeviceMembersAreFindings) {
  put("a.tar", make_archive(as_tar, {{"out", "", AE_IFLNK, "../../etc/passwd"},
                                     {"absolute", "", AE_IFLNK, "/etc/passwd"},
                                     {"inside", "", AE_IFLNK, "ok"},
                                     {"hard", "", AE_IFREG, "../x", true},
                                     {"device", "", AE_IFCHR},
                                     {"fifo", "", AE_IFIFO},
                                     {"suid", "x", AE_IFREG, "", false, 04755}}));
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(findings(),
            (Lines{"archive.link-out a.tar!/absolute", "archive.special a.tar!/device", "archive.special a.tar!/fifo",
                   "archive.link-out a.tar!/hard", "archive.link-out a.tar!/out", "mode.set-id a.tar!/suid"}));
}

TEST_F(Archives, ABombStopsAtTheLimitAndTheRestIsStillInspected) {
  put("bomb.gz", gzip(std::string(8U << 20, '\0')));
  put("e.txt", eicar());
  Limits limits;
  limits.expanded_file = 1U << 20;
  EXPECT_EQ(run(limits), 2);
  EXPECT_TRUE(found("limit.expanded-file bomb.gz!/bomb"));
  EXPECT_TRUE(found("archive.ratio bomb.gz"));
  EXPECT_TRUE(found("yara.eicar_test_file e.txt"));
  EXPECT_FALSE(complete());
}

TEST_F(Archives, AnExtremeRatioIsNoStop) {
  put("zeros.gz", gzip(std::string(8U << 20, '\0')));
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(findings(), Lines{"archive.ratio zeros.gz"});
  EXPECT_TRUE(complete());
  EXPECT_EQ(entry("zeros.gz")["members"][0]["size"], 8U << 20);
}

TEST_F(Archives, NestingStopsAtTheLimitAndSaysSo) {
  std::string inner = eicar();
  for (int i = 0; i < 20; ++i) inner = make_archive(as_zip, {{"n.zip", inner}});
  put("deep.zip", inner);
  EXPECT_EQ(run(), 2);
  ASSERT_EQ(findings().size(), 1U);
  EXPECT_TRUE(findings()[0].starts_with("limit.container-depth deep.zip!/n.zip!/n.zip"));
  EXPECT_EQ(members("deep.zip").size(), 15U);
}

TEST_F(Archives, EachLayerOfAStreamInAStreamIsAMember) {
  const std::string middle = gzip(eicar());
  put("e.txt.gz.gz", gzip(middle));
  run();
  const Json members = entry("e.txt.gz.gz")["members"];
  ASSERT_EQ(members.size(), 2U);
  EXPECT_EQ(members[0]["path"], "e.txt.gz");
  EXPECT_EQ(members[0]["sha256"], file::sha256_hex(middle));
  EXPECT_EQ(members[1]["path"], "e.txt.gz!/e.txt");
  EXPECT_EQ(members[1]["sha256"], file::sha256_hex(eicar()));
}

TEST_F(Archives, TooManyMembersAreReported) {
  std::vector<Made> many;
  for (int i = 0; i < 20; ++i) many.push_back({"f" + std::to_string(i), "x"});
  put("many.tar", make_archive(as_tar, many));
  Limits limits;
  limits.container_entries = 10;
  EXPECT_EQ(run(limits), 2);
  EXPECT_EQ(findings(), Lines{"limit.members many.tar"});
  EXPECT_EQ(members("many.tar").size(), 10U);
}

TEST_F(Archives, MembersOfAllLayersCountTogether) {
  std::vector<Made> inner;
  for (int i = 0; i < 10; ++i) inner.push_back({"f" + std::to_string(i), "x"});
  const std::string zip = make_archive(as_zip, inner);
  put("a.tar", make_archive(as_tar, {{"1.zip", zip}, {"2.zip", zip}, {"3.zip", zip}}));
  Limits limits;
  limits.members = 15;
  EXPECT_EQ(run(limits), 2);
  EXPECT_EQ(members("a.tar").size(), 15U);
}

TEST_F(Archives, TruncatedContainersAreAlwaysReported) {
  std::string content;
  for (int i = 0; i < 50'000; ++i) content += std::to_string(i * 7919);
  const std::vector<std::pair<const char*, std::string>> whole{
      {"a.zip", make_archive(as_zip, {{"a", content}})},
      {"a.tar.gz", gzip(make_archive(as_tar, {{"a", content}}))},
      {"a.tar", make_archive(as_tar, {{"a", content}})},
      {"a.xz", make_archive(as_xz, {{"a", content}})},
      {"a.7z", make_archive(as_seven_zip, {{"a", content}})},
      {"a.zst", make_archive(as_zstd, {{"a", content}})},
      {"a.bz2", make_archive(as_bzip2, {{"a", content}})},
      {"a.cpio", make_archive(as_cpio, {{"a", content}})},
  };
  for (const auto& [name, bytes] : whole) put(name, std::string_view(bytes).substr(0, bytes.size() / 2));
  EXPECT_EQ(run(), 2);
  for (const auto& [name, bytes] : whole) {
    const auto all = findings();
    EXPECT_TRUE(std::ranges::any_of(all, [&](const std::string& line) {
      return line.starts_with("archive.malformed " + std::string(name));
    })) << name;
  }
}

TEST_F(Archives, EncryptedMembersAreReported) {
  // The zip has one stored member with the encryption bit set in both headers. The inspector needs no key to see this
  // bit.
  std::string zip = make_archive(
      [](archive* a) {
        archive_write_set_format_zip(a);
        archive_write_zip_set_compression_store(a);
      },
      {{"secret.txt", "0123456789abcdef"}});
  zip[6] = static_cast<char>(zip[6] | 1);
  zip[zip.find("PK\x01\x02") + 8] |= 1;
  put("a.zip", zip);
  EXPECT_EQ(run(), 2);
  EXPECT_TRUE(found("archive.encrypted a.zip")) << report()["findings"].dump(1);
}

TEST_F(Archives, NamesInUtf8AndUtf16ArriveWhole) {
  const Prepare utf8_zip = [](archive* a) {
    archive_write_set_format_zip(a);
    archive_write_set_options(a, "hdrcharset=UTF-8");
  };
  put("a.zip", make_archive(utf8_zip, {{"Отчёт-日本.txt", "x"}}));
  put("a.tar", make_archive(as_tar, {{"Отчёт-日本.txt", "x"}}));
  run();
  EXPECT_EQ(members("a.tar"), Lines{"Отчёт-日本.txt"});
  EXPECT_EQ(members("a.zip"), Lines{"Отчёт-日本.txt"});
}

TEST_F(Archives, AZipBehindSomethingElseIsFoundAndOpened) {
  put("a.gif", "GIF89a" + std::string(100, '\x01') + make_archive(as_zip, {{"e.txt", eicar()}}));
  EXPECT_EQ(run(), 1);
  EXPECT_TRUE(found("type.polyglot a.gif"));
  EXPECT_TRUE(found("yara.eicar_test_file a.gif!/(zip at 106)!/e.txt"));
}

TEST_F(Archives, BytesAroundAZipAreReported) {
  const std::string zip = make_archive(as_zip, {{"a.txt", "x"}});
  put("plain.zip", zip);
  put("tail.zip", zip + "and more");
  run();
  EXPECT_EQ(findings(), Lines{"archive.trailing tail.zip"});
}

TEST_F(Archives, ContainersThatAreNotOpenedAreReported) {
  put("a.arj", std::string("\x60\xEA") + std::string(100, '\x01'));
  EXPECT_EQ(run(), 2);
  EXPECT_EQ(findings(), Lines{"archive.unsupported a.arj"});
}

TEST_F(Archives, AContainerLargerThanWhatIsAnalysedIsOpenedAllTheSame) {
  std::string noise(300'000, '\0');
  std::uint32_t state = 1;
  for (char& c : noise) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24U);
  const std::vector<Made> files{{"noise", noise}, {"e.txt", eicar()}};
  put("a.zip", make_archive(as_zip, files));
  put("a.tar", make_archive(as_tar, files));
  Limits limits;
  limits.analysed_bytes = 4096;
  run(limits);
  EXPECT_TRUE(found("yara.eicar_test_file a.zip!/e.txt")) << report()["findings"].dump(1);
  EXPECT_TRUE(found("yara.eicar_test_file a.tar!/e.txt"));
  EXPECT_TRUE(found("limit.analysed-bytes a.zip!/noise"));
  EXPECT_FALSE(found("limit.analysed-bytes a.zip"));
}

TEST_F(Archives, WhatTheRunMayExpandIsSpentInTheOrderOfPaths) {
  for (char name = 'a'; name <= 'f'; ++name) put(std::string(1, name) + ".gz", gzip(std::string(100'000, name)));
  Limits limits;
  limits.expanded_run = 250'000;
  for (const unsigned workers : {1U, 3U}) {
    EXPECT_EQ(run(limits, workers), 2);
    Lines opened;
    for (const Json& one : report()["entries"]) {
      if (one.contains("members")) opened.push_back(one["path"]);
    }
    EXPECT_EQ(opened, (Lines{"a.gz", "b.gz", "c.gz"}));
    EXPECT_EQ(findings(), (Lines{"limit.expanded-run d.gz", "limit.expanded-run e.gz", "limit.expanded-run f.gz"}));
  }
}

}  // namespace
}  // namespace immure::inspect::test
