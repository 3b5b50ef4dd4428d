/// A drop and a report directory for one test, which removes both at its end; archives made in memory; an inspection
/// that skips the check P1.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "inspect/inspect.hpp"

namespace immure::inspect::test {

using Json = nlohmann::json;

inline std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline const RuleSet& bundled() {
  static const RuleSet rules = *RuleSet::compile(-1);
  return rules;
}

/// A member to put into an archive.
struct Made {
  std::string name, content;
  mode_t type = AE_IFREG;
  std::string target;  ///< where a link leads
  bool hard = false;
  mode_t mode = 0644;
};

using Prepare = std::function<void(archive*)>;

/// Makes an archive in memory. `prepare` sets the format and the filter.
inline std::string make_archive(const Prepare& prepare, const std::vector<Made>& members) {
  std::string out(2U << 20, '\0');
  for (const Made& made : members) out.resize(out.size() + 2 * made.content.size());
  std::size_t used = 0;
  archive* a = archive_write_new();
  prepare(a);
  archive_write_set_bytes_per_block(a, 0);
  EXPECT_EQ(archive_write_open_memory(a, out.data(), out.size(), &used), ARCHIVE_OK) << archive_error_string(a);
  for (const Made& made : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, made.name.c_str());
    archive_entry_set_filetype(entry, made.type);
    archive_entry_set_perm(entry, made.mode);
    archive_entry_set_size(entry, static_cast<la_int64_t>(made.content.size()));
    archive_entry_set_mtime(entry, 0, 0);
    if (made.hard)
      archive_entry_set_hardlink(entry, made.target.c_str());
    else if (!made.target.empty())
      archive_entry_set_symlink(entry, made.target.c_str());
    EXPECT_GE(archive_write_header(a, entry), ARCHIVE_WARN) << archive_error_string(a);
    if (!made.content.empty()) archive_write_data(a, made.content.data(), made.content.size());
    archive_entry_free(entry);
  }
  archive_write_close(a);
  archive_write_free(a);
  out.resize(used);
  return out;
}

inline void as_zip(archive* a) { archive_write_set_format_zip(a); }
inline void as_tar(archive* a) { archive_write_set_format_pax_restricted(a); }
inline void as_seven_zip(archive* a) { archive_write_set_format_7zip(a); }
inline void as_cpio(archive* a) { archive_write_set_format_cpio_newc(a); }
inline void as_ar(archive* a) { archive_write_set_format_ar_svr4(a); }
inline void as_iso(archive* a) { archive_write_set_format_iso9660(a); }
inline void as_gzip(archive* a) {
  archive_write_set_format_raw(a);
  archive_write_add_filter_gzip(a);
  archive_write_set_filter_option(a, "gzip", "timestamp", nullptr);
}
inline void as_xz(archive* a) {
  archive_write_set_format_raw(a);
  archive_write_add_filter_xz(a);
}
inline void as_zstd(archive* a) {
  archive_write_set_format_raw(a);
  archive_write_add_filter_zstd(a);
}
inline void as_bzip2(archive* a) {
  archive_write_set_format_raw(a);
  archive_write_add_filter_bzip2(a);
}
inline void as_lz4(archive* a) {
  archive_write_set_format_raw(a);
  archive_write_add_filter_lz4(a);
}

inline std::string gzip(const std::string& content) { return make_archive(as_gzip, {{"x", content}}); }

/// The EICAR test file (68 bytes). The function puts the file together from pieces, so that no scanner takes this
/// source for the test file.
inline std::string eicar() {
  return std::string("X5O!P%@AP[4\\PZX54(P^)7CC)7}$") + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE" + "!$H+H*";
}

class Drop : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "immure-inspect-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    base_ = name;
    std::filesystem::create_directory(in());
    std::filesystem::create_directory(out());
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(base_, ignored);
  }

  [[nodiscard]] std::filesystem::path in() const { return base_ / "in"; }
  [[nodiscard]] std::filesystem::path out() const { return base_ / "out"; }

  void put(const std::string& name, std::string_view content, mode_t mode = 0644) {
    const std::filesystem::path path = in() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
    ::chmod(path.c_str(), mode);
  }

  /// Inspects the drop, and returns the exit code. report() then returns the report.
  int run(const Limits& limits = {}, unsigned workers = 1, const RuleSet& rules = bundled()) {
    const sys::Fd input(::open(in().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    const sys::Fd output(::open(out().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    const auto result = inspect({.input = input.get(),
                                 .output = output.get(),
                                 .rules = rules,
                                 .limits = limits,
                                 .data = data_,
                                 .workers = workers});
    EXPECT_TRUE(result) << to_text(result.error());
    if (!result) return -1;
    report_ = Json::parse(slurp(out() / "report.json"));
    expect_everything_accounted_for();
    return exit_code(*result, Severity::kHigh);
  }

  [[nodiscard]] const Json& report() const { return report_; }

  /// The text `rule path!/member` for every finding, sorted as in the report.
  [[nodiscard]] std::vector<std::string> findings() const {
    std::vector<std::string> all;
    for (const Json& finding : report_["findings"]) {
      std::string line = finding["rule"].get<std::string>() + " " + finding["path"].get<std::string>();
      if (finding.contains("member")) line += "!/" + finding["member"].get<std::string>();
      all.push_back(line);
    }
    return all;
  }
  [[nodiscard]] bool found(const std::string& line) const {
    const auto all = findings();
    return std::find(all.begin(), all.end(), line) != all.end();
  }
  [[nodiscard]] bool complete() const { return report_["coverage"]["complete"].get<bool>(); }
  [[nodiscard]] Json entry(const std::string& path) const {
    for (const Json& one : report_["entries"]) {
      if (one["path"] == path) return one;
    }
    return {};
  }
  [[nodiscard]] std::vector<std::string> members(const std::string& path) const {
    std::vector<std::string> all;
    const Json one = entry(path);
    if (one.contains("members")) {
      for (const Json& member : one["members"]) all.push_back(member["path"]);
    }
    return all;
  }

  OperatorData data_;

 private:
  /// Checks what must be true of every report: the counts add up, and every gap is reported where it is.
  void expect_everything_accounted_for() const {
    const Json& coverage = report_["coverage"];
    std::map<std::string, std::uint64_t> entries, members;
    std::uint64_t size = 0, analysed = 0, hashed = 0, expanded = 0, members_analysed = 0, with_gaps = 0;
    for (const Json& one : report_["entries"]) {
      ++entries[one["kind"]];
      const bool gaps = one.contains("gaps");
      with_gaps += gaps ? 1 : 0;
      if (one["kind"] != "file") continue;
      size += one["size"].get<std::uint64_t>();
      analysed += one["analysed"].get<std::uint64_t>();
      if (one.contains("sha256")) hashed += one["size"].get<std::uint64_t>();
      const bool opened = std::ranges::find(one["by"], "container") != one["by"].end();
      EXPECT_TRUE(gaps || opened || one["analysed"] == one["size"]) << one.dump();
      EXPECT_TRUE(gaps || one.contains("sha256")) << one.dump();
      if (!one.contains("members")) continue;
      for (const Json& member : one["members"]) {
        ++members[member["kind"]];
        if (member["kind"] != "file") continue;
        expanded += member["size"].get<std::uint64_t>();
        members_analysed += member["analysed"].get<std::uint64_t>();
        EXPECT_TRUE(gaps || member.contains("sha256")) << member.dump();
      }
    }
    const auto number = [](const Json& at, const char* key) { return at[key].get<std::uint64_t>(); };
    const Json& of = coverage["entries"];
    EXPECT_EQ(number(of, "all"), report_["entries"].size());
    EXPECT_EQ(number(of, "all"),
              number(of, "files") + number(of, "directories") + number(of, "links") + number(of, "special"));
    EXPECT_EQ(number(of, "files"), entries["file"]);
    EXPECT_EQ(number(of, "with_gaps"), with_gaps);
    const Json& files = coverage["files"]["bytes"];
    EXPECT_EQ(number(files, "all"), size);
    EXPECT_EQ(number(files, "analysed"), analysed);
    EXPECT_EQ(number(files, "hashed"), hashed);
    EXPECT_EQ(size, hashed + number(files, "not_hashed"));
    EXPECT_EQ(size, analysed + number(files, "unpacked") + number(files, "not_analysed"));
    const Json& inner = coverage["members"];
    EXPECT_EQ(number(inner, "files"), members["file"]);
    EXPECT_EQ(number(inner, "all"), number(inner, "files") + number(inner, "directories") + number(inner, "links") +
                                        number(inner, "hard_links") + number(inner, "special"));
    EXPECT_EQ(number(inner["bytes"], "all"), expanded);
    EXPECT_EQ(expanded, members_analysed + number(inner["bytes"], "unpacked") + number(inner["bytes"], "not_analysed"));
    EXPECT_EQ(coverage["complete"].get<bool>(), coverage["reasons"].empty());
  }

  std::filesystem::path base_;
  Json report_;
};

using Lines = std::vector<std::string>;

}  // namespace immure::inspect::test
