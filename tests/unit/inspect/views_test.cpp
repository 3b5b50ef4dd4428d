/// Files that show different contents to different programs, and contents in places where few programs look. The
/// inspector sees all of them.
#include <algorithm>

#include "drop.hpp"
#include "quine.hpp"
#include "text/base64.hpp"

namespace immure::inspect::test {
namespace {

class Views : public Drop {
 protected:
  [[nodiscard]] bool found_at(const std::string& rule, const std::string& path) const {
    const auto all = findings();
    return std::ranges::any_of(all, [&](const std::string& line) { return line.starts_with(rule + " " + path); });
  }
  [[nodiscard]] bool eicar_in(const std::string& path) const { return found_at("yara.eicar_test_file", path); }
};

std::string stored_zip(const std::vector<Made>& members) {
  return make_archive(
      [](archive* a) {
        archive_write_set_format_zip(a);
        archive_write_zip_set_compression_store(a);
      },
      members);
}

std::string replaced(std::string text, const std::string& from, const std::string& to, std::size_t which) {
  std::size_t at = text.find(from);
  for (; which > 0; --which) at = text.find(from, at + 1);
  return text.replace(at, from.size(), to);
}

TEST_F(Views, BothNamesOfAZipsMemberAreChecked) {
  const std::string honest = stored_zip({{"docs/readme.txt", "x"}});
  put("honest.zip", honest);
  put("central.zip", replaced(honest, "docs/readme.txt", "../../tmp/pwned", 1));
  put("local.zip", replaced(honest, "docs/readme.txt", "../../tmp/pwned", 0));
  EXPECT_EQ(run(), 1);
  for (const char* name : {"central.zip", "local.zip"}) {
    EXPECT_TRUE(found_at("archive.traversal", name)) << name;
    EXPECT_TRUE(found_at("archive.views", name)) << name;
  }
  EXPECT_FALSE(found_at("archive", "honest.zip"));
}

TEST_F(Views, ValuesThatDifferBetweenAZipsHeadersAreReported) {
  const std::string zip = stored_zip({{"a.txt", "some text"}});
  const std::size_t central = zip.find("PK\x01\x02");
  for (const std::size_t at : {10UL, 16UL, 20UL, 24UL}) {
    std::string changed = zip;
    changed[central + at] = static_cast<char>(changed[central + at] ^ 1);
    put("at" + std::to_string(at) + ".zip", changed);
  }
  run();
  for (const Json& one : report()["entries"])
    EXPECT_TRUE(found_at("archive.views", one["path"])) << one["path"] << report()["findings"].dump(1);
}

TEST_F(Views, WhatAZipsDirectoryDoesNotListIsOpened) {
  const std::string listed = stored_zip({{"a.txt", "some text"}});
  const std::string hidden = stored_zip({{"e.txt", eicar()}});
  const std::string entry = "PK\x03\x04" + little(20, 2) + little(0, 2 + 2 + 4) + little(crc32(eicar()), 4) +
                            little(eicar().size(), 4) + little(eicar().size(), 4) + little(5, 2) + little(0, 2) +
                            "e.txt" + eicar();
  const std::size_t directory = listed.find("PK\x01\x02");
  std::string zip = listed;
  zip.insert(directory, entry);
  const std::size_t end = zip.find("PK\x05\x06");
  zip.replace(end + 16, 4, little(directory + entry.size(), 4));
  put("gap.zip", zip);
  std::string commented = listed;
  commented.replace(commented.size() - 2, 2, little(hidden.size(), 2));
  put("comment.zip", commented + hidden);
  put("two.zip", hidden + listed);
  put("tail.zip", listed + hidden + "more");
  run();
  for (const Json& one : report()["entries"])
    EXPECT_TRUE(eicar_in(one["path"])) << one["path"] << report()["findings"].dump(1);
  EXPECT_TRUE(found_at("archive.views", "gap.zip"));
}

/// The kinds of containers that libarchive writes, by the ends of their names.
const std::vector<std::pair<std::string, Prepare>> kContainers{
    {"tar", as_tar}, {"cpio", as_cpio}, {"7z", as_seven_zip}, {"a", as_ar},     {"iso", as_iso}, {"zip", as_zip},
    {"gz", as_gzip}, {"bz2", as_bzip2}, {"xz", as_xz},        {"zst", as_zstd}, {"lz4", as_lz4}};

TEST_F(Views, WhatFollowsTheEndIsOpened) {
  const std::vector<Made> fill{{"a.txt", "some text"}};
  const std::string hidden = make_archive(as_tar, {{"e.txt", eicar()}});
  for (const auto& [name, prepare] : kContainers) {
    const std::string first = make_archive(prepare, fill);
    put("tar-after." + name, first + hidden);
    put("gzip-after." + name, first + (name == "gz" ? make_archive(as_xz, {{"e", eicar()}}) : gzip(eicar())));
    put("alone." + name, first);
  }
  run();
  for (const Json& one : report()["entries"]) {
    const std::string path = one["path"];
    EXPECT_EQ(eicar_in(path), !path.starts_with("alone")) << path << report()["findings"].dump(1);
    EXPECT_EQ(found_at("archive.trailing", path), !path.starts_with("alone")) << path;
    // The members before the end are not lost.
    EXPECT_TRUE(one.contains("members")) << path;
  }
}

TEST_F(Views, ContainersWithinOtherContentsAreOpened) {
  const std::vector<Made> hidden{{"e.txt", eicar()}};
  std::string noise(5000, '\0');
  std::uint32_t state = 5;
  for (char& c : noise) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24U);
  for (const auto& [name, prepare] : kContainers) {
    const std::string packed = make_archive(prepare, hidden);
    put("noise." + name, noise + packed);
    put("script." + name + ".run", "#!/bin/sh\ntail -c +40 $0 | tar x\nexit\n" + packed);
    put("program." + name, "MZ" + std::string(70, '\0') + noise + packed + "after");
  }
  run();
  for (const Json& one : report()["entries"])
    EXPECT_TRUE(eicar_in(one["path"])) << one["path"] << report()["findings"].dump(1);
}

TEST_F(Views, MagicBytesAloneAreNoContainer) {
  // A program that knows the formats has their magic bytes.
  using namespace std::string_literals;
  const std::string magics =
      "PK\x03\x04 7z\xBC\xAF\x27\x1C Rar!\x1A\x07\x01 \xFD"
      "7zXZ\0\0 BZh91AY&SY \x1F\x8B\x08\0 hsqs MSCF\0\0\0\0 "s;
  put("program",
      "\x7F"
      "ELF" +
          std::string(200, '\x01') + magics + std::string(200, '\x02'));
  run();
  EXPECT_EQ(findings(), Lines{"elf.malformed program"});
}

TEST_F(Views, AFileThatOnlyJolietKnowsIsOpened) {
  // The directory of Joliet names another extent than the one of Rock Ridge.
  std::string iso = make_archive(as_iso, {{"a.txt", "plain text"}, {"e.txt", eicar()}});
  constexpr std::size_t kSector = 2048, kRoot = 16 * kSector + 156 + 2;
  const auto number = [&](std::size_t at) {
    std::size_t value = 0;
    for (std::size_t i = 4; i-- > 0;) value = value << 8U | static_cast<unsigned char>(iso[at + i]);
    return value;
  };
  put("same.iso", iso);
  const std::size_t directory = number(kRoot) * kSector;
  std::vector<std::size_t> records;
  for (std::size_t at = directory; iso[at] != '\0'; at += static_cast<unsigned char>(iso[at])) records.push_back(at);
  ASSERT_EQ(records.size(), 4U);
  // In the primary directory, both names lead to the harmless file.
  iso.replace(records[3] + 2, 16, iso.substr(records[2] + 2, 16));
  put("other.iso", iso);
  run();
  EXPECT_FALSE(found_at("archive.views", "same.iso")) << report()["findings"].dump(1);
  EXPECT_TRUE(found_at("archive.views", "other.iso")) << report()["findings"].dump(1);
  EXPECT_TRUE(eicar_in("other.iso"));
}

/// An image with a directory of ISO 9660, which is empty, and one of UDF, which has the file X.
std::string udf_image(const std::string& content) {
  constexpr std::size_t kSector = 2048, kPartition = 257, kSectors = 270;
  std::string image(kSectors * kSector, '\0');
  const auto put = [&](std::size_t sector, std::size_t at, const std::string& bytes) {
    image.replace(sector * kSector + at, bytes.size(), bytes);
  };
  const auto both = [](std::uint64_t value, std::size_t size) {
    std::string big = little(value, size);
    std::ranges::reverse(big);
    return little(value, size) + big;
  };
  const auto record = [&](char name) {
    return std::string("\x22\0", 2) + both(22, 4) + both(kSector, 4) + std::string(7, '\0') + '\2' +
           std::string(2, '\0') + both(1, 2) + '\1' + name;
  };
  put(16, 0, "\1CD001\1");
  put(16, 80, both(kSectors, 4));
  put(16, 128, both(kSector, 2));
  put(16, 156, record('\0'));
  put(17, 0,
      "\xFF"
      "CD001\1");
  put(18, 0, std::string(1, '\0') + "BEA01\1");
  put(19, 0, std::string(1, '\0') + "NSR02\1");
  put(20, 0, std::string(1, '\0') + "TEA01\1");
  put(22, 0, record('\0') + record('\1'));
  put(256, 0, little(2, 2));
  put(256, 16, little(3 * kSector, 4) + little(32, 4));
  put(32, 0, little(5, 2));
  put(32, 188, little(kPartition, 4));
  put(33, 0, little(6, 2));
  put(33, 212, little(kSector, 4));
  put(33, 252, little(0, 4));
  put(33, 268, little(1, 4));
  put(33, 440, "\1");
  put(34, 0, little(8, 2));
  put(kPartition, 0, little(256, 2));
  put(kPartition, 404, little(1, 4));
  const auto entry = [&](std::size_t block, char type, std::size_t size, std::size_t place) {
    put(kPartition + block, 0, little(261, 2));
    put(kPartition + block, 27, std::string(1, type));
    put(kPartition + block, 56, little(size, 8));
    put(kPartition + block, 172, little(8, 4) + little(size, 4) + little(place, 4));
  };
  const std::string listing = little(257, 2) + std::string(17, '\0') + '\2' + std::string(4, '\0') + little(3, 4) +
                              std::string(8, '\0') + little(0, 2) + "\x08X";
  entry(1, '\4', listing.size(), 2);
  put(kPartition + 2, 0, listing);
  entry(3, '\5', content.size(), 4);
  put(kPartition + 4, 0, content);
  return image;
}

TEST_F(Views, AContainerThatNoDirectoryNamesIsOpened) {
  std::string image = udf_image("text\n");
  const std::string packed = gzip(eicar());
  image.replace(268 * 2048, packed.size(), packed);
  put("a.iso", image);
  run();
  EXPECT_TRUE(eicar_in("a.iso!/(gzip at ")) << report()["findings"].dump(1);
}

TEST_F(Views, AFileThatOnlyUdfKnowsIsOpened) {
  put("a.iso", udf_image(eicar()));
  std::string other = udf_image(eicar());
  other.replace(33 * 2048 + 440, 1, "\2");
  put("metadata.iso", other);
  EXPECT_EQ(run(), 2);
  EXPECT_TRUE(found("yara.eicar_test_file a.iso!/(other directory)/X")) << report()["findings"].dump(1);
  EXPECT_TRUE(found("archive.views a.iso"));
  EXPECT_FALSE(found("archive.unsupported a.iso"));
  EXPECT_TRUE(found("archive.unsupported metadata.iso"));
}

TEST_F(Views, MembersBelowLinksAreReportedInEveryFormat) {
  const std::vector<Made> chain{{"cur", "", AE_IFLNK, "."}, {"par", "", AE_IFLNK, "cur/.."}, {"par/moo", "x"}};
  const std::vector<Made> inside{{"lib", "", AE_IFLNK, "usr"}, {"usr/a", "x"}, {"other/lib/b", "x"}};
  for (const auto& [name, prepare] : std::vector<std::pair<std::string, Prepare>>{
           {"tar", as_tar}, {"cpio", as_cpio}, {"7z", as_seven_zip}, {"zip", as_zip}}) {
    put("chain." + name, make_archive(prepare, chain));
    put("inside." + name, make_archive(prepare, inside));
  }
  std::filesystem::create_symlink(".", in() / "cur");
  std::filesystem::create_symlink("cur/..", in() / "par");
  EXPECT_EQ(run(), 1);
  for (const char* name : {"tar", "cpio", "7z", "zip"}) {
    EXPECT_TRUE(found("archive.through-link chain." + std::string(name) + "!/par/moo")) << report()["findings"].dump(1);
    EXPECT_TRUE(found("archive.link-out chain." + std::string(name) + "!/par")) << name;
    EXPECT_FALSE(found_at("archive", "inside." + std::string(name))) << name;
  }
  EXPECT_TRUE(found("path.link-out par"));
  EXPECT_FALSE(found("path.link-out cur"));
}

TEST_F(Views, HolesHaveTheirSizeAndDigest) {
  const std::string tar =
      make_archive([](archive* a) { archive_write_set_format_pax(a); }, {{"hole", std::string(1U << 20, '\0')}});
  put("a.tar", tar);
  // GNU tar's form of a member that is one hole: no data, and the real size in the header.
  std::string header(512, '\0');
  header.replace(0, 4, "hole");
  header.replace(100, 8, "0000644");
  header.replace(124, 12, "00000000000");
  header.replace(136, 12, "00000000000");
  header[156] = 'S';
  header.replace(257, 8, "ustar  ");
  header.replace(386, 12, "00004000000");
  header.replace(398, 12, "00000000000");
  header.replace(483, 12, "00004000000");
  header.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  char digits[8];
  std::snprintf(digits, sizeof digits, "%06o", sum);
  header.replace(148, 7, std::string(digits, 7));
  put("sparse.tar", header + std::string(1024, '\0'));
  run();
  const Json member = entry("sparse.tar")["members"][0];
  EXPECT_EQ(member["size"], 1U << 20) << entry("sparse.tar");
  EXPECT_EQ(member["sha256"], file::sha256_hex(std::string(1U << 20, '\0')));
}

TEST_F(Views, TextsWrittenAsTextsAreDecoded) {
  const std::string packed = gzip(eicar());
  put("a.eml", "From: a\nContent-Type: application/gzip; name=\"e.gz\"\nContent-Transfer-Encoding: base64\n\n" +
                   text::base64(packed) + "\n--b--\n");
  put("page.html", "<html><a href='data:application/gzip;base64," + text::base64(packed) + "'>x</a></html>\n");
  put("words.md", "Write `;base64,` before it, or Content-Transfer-Encoding: base64.\nbegin 644 with this\n");
  EXPECT_EQ(run(), 1);
  EXPECT_TRUE(eicar_in("a.eml!/(at 52)/e.gz!/e")) << report()["findings"].dump(1);
  EXPECT_TRUE(eicar_in("page.html"));
  EXPECT_FALSE(found_at("", "words.md"));
  EXPECT_TRUE(complete());
}

}  // namespace
}  // namespace immure::inspect::test
