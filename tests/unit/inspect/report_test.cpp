#include <algorithm>

#include "drop.hpp"
#include "inspect/report/hidden_entries.hpp"

namespace immure::inspect::test {
namespace {

constexpr const char* kReports[] = {"manifest.json", "manifest.sha256", "report.json", "report.sarif"};

class Reports : public Drop {
 protected:
  void put_a_bit_of_everything() {
    put("e.txt", eicar());
    put("a.tgz", gzip(make_archive(as_tar, {{"../x", "1"}, {"b.zip", make_archive(as_zip, {{"c", "2"}})}})));
    put("evil\nname", "x", 04777);
    put("b/\xFFlatin", "text");
    for (int i = 0; i < 40; ++i) put("many/" + std::to_string(i), std::string(static_cast<std::size_t>(i) * 100, 'x'));
    std::filesystem::create_symlink("/etc", in() / "link");
  }
  std::vector<std::string> bytes() const {
    std::vector<std::string> all;
    for (const char* name : kReports) all.push_back(slurp(out() / name));
    return all;
  }
};

TEST_F(Reports, TheSameInputGivesTheSameBytes) {
  put_a_bit_of_everything();
  run();
  const auto first = bytes();
  ::setenv("TZ", "America/New_York", 1);
  ::setenv("LANG", "tr_TR.UTF-8", 1);
  run({}, 4);
  ::unsetenv("TZ");
  ::unsetenv("LANG");
  EXPECT_EQ(bytes(), first);
}

/// The names in a directory, in the order of the file system.
Lines listed(const std::filesystem::path& directory) {
  Lines names;
  for (const auto& one : std::filesystem::directory_iterator(directory)) names.push_back(one.path().filename());
  return names;
}

TEST_F(Reports, NeitherTheOrderOfADirectoryNorTheDropsPlaceMatters) {
  // A tmpfs lists the newest file first.
  std::string other = "/dev/shm/immure-another-place-XXXXXX";
  if (::mkdtemp(other.data()) == nullptr) GTEST_SKIP() << "kernel: no tmpfs to write to";
  for (const char* place : {"a", "b"}) std::filesystem::create_directory(other + "/" + place);
  Lines names;
  for (int i = 0; i < 20; ++i) names.push_back("file" + std::to_string(i));
  std::vector<std::vector<std::string>> reports;
  for (const char* place : {"a", "b"}) {
    std::filesystem::remove_all(in());
    std::filesystem::create_directory_symlink(other + "/" + place, in());
    for (const std::string& name : names) put(name, name == "file7" ? eicar() : gzip(name));
    std::filesystem::create_hard_link(in() / "file3", in() / "same");
    run({}, *place == 'a' ? 1 : 2);
    reports.push_back(bytes());
    std::ranges::reverse(names);
  }
  EXPECT_NE(listed(other + "/a"), listed(other + "/b"));
  EXPECT_EQ(reports[0], reports[1]);
  std::filesystem::remove_all(other);
}

TEST_F(Reports, WhatTheCellDoesNotShowIsInTheReport) {
  put("plain", "x");
  put("d/same", "x");
  put("suid", "x");
  const auto hidden = parse_hidden_entries(
      "immure-unseen-v1\n"
      "fifo 0644 1 1 - d/pi%0Ape\n"
      "file 0644 2 2 - d/same\n"
      "file 0644 2 2 - plain\n"
      "char-device 0600 1 3 - sub/gone\n"
      "file 4755 1 4 0100 suid\n");
  ASSERT_TRUE(hidden) << to_text(hidden.error());
  data_.hidden = *hidden;
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(findings(), (Lines{"mode.special d/pi%0Ape", "name.control d/pi%0Ape", "mode.special sub/gone",
                               "mode.capabilities suid", "mode.set-id suid"}));
  EXPECT_EQ(entry("d/pi%0Ape")["kind"], "fifo");
  EXPECT_EQ(entry("plain")["same_as"], "d/same");
  EXPECT_EQ(entry("suid")["capabilities"], "0100");
  EXPECT_EQ(report()["coverage"]["entries"]["special"], 2);
  for (const char* wrong : {"", "immure-unseen-v1", "immure-unseen-v2\n", "immure-unseen-v1\nfifo 0644 1 1 - \n",
                            "immure-unseen-v1\npipe 0644 1 1 - a\n", "immure-unseen-v1\nfifo 0644 1 1 - a%\n",
                            "immure-unseen-v1\nfifo 0644 1 1 - b\nfifo 0644 1 1 - a\n",
                            "immure-unseen-v1\nfifo 644 1 1 - a\n", "immure-unseen-v1\nfifo 0644 1 1 - /a\n"}) {
    EXPECT_EQ(parse_hidden_entries(wrong).has_value(), *wrong == '\0') << wrong;
  }
}

TEST_F(Reports, WhatTheCopyLacksIsAGap) {
  put("plain", "x");
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "d/";
  const auto hidden = parse_hidden_entries("immure-unseen-v1\nunread-directory 0755 2 1 - " + deep +
                                           "x\nunread-file 0000 1 2 - locked\n");
  ASSERT_TRUE(hidden) << to_text(hidden.error());
  data_.hidden = *hidden;
  EXPECT_EQ(run(), 2);
  EXPECT_EQ(findings(), (Lines{"limit.directory-depth " + deep + "x", "read.failed locked"}));
  EXPECT_EQ(report()["coverage"]["entries"]["with_gaps"], 2);
}

TEST_F(Reports, TheBaselineAcceptsFindingsButNoGaps) {
  put("e.txt", eicar());
  put("cut.gz", gzip("some text").substr(0, 20));
  run();
  ASSERT_EQ(findings(), (Lines{"archive.malformed cut.gz", "yara.eicar_test_file e.txt"}));
  const auto baseline_of = [&](const std::string& day) {
    std::string text;
    for (const Json& one : report()["findings"]) {
      text += "[[accepted]]\nfingerprint = \"" + one["fingerprint"].get<std::string>() + "\"\nreason = \"known\"\n";
      text += "expires = 2026-06-30\n";
    }
    text +=
        "[[accepted]]\nfingerprint = \"" + std::string(64, 'a') + "\"\nreason = \"gone\"\nexpires = \"2026-07-01\"\n";
    data_.today = day;
    const auto parsed = parse_baseline(text, "b.toml", day);
    EXPECT_TRUE(parsed) << to_text(parsed.error());
    return parsed.value_or(Baseline{});
  };
  data_.baseline = baseline_of("2026-06-30");
  // The baseline accepts the finding about this truncated container, but nobody knows what was in the container.
  EXPECT_EQ(run(), 2);
  EXPECT_EQ(report()["counts"]["accepted"], 2);
  EXPECT_EQ(report()["counts"]["findings"]["high"], 0);
  EXPECT_EQ(report()["findings"].back()["accepted"]["reason"], "known");
  EXPECT_EQ(Json::parse(slurp(out() / "report.sarif"))["runs"][0]["results"].back()["suppressions"][0]["status"],
            "accepted");
  EXPECT_EQ(findings()[0], "baseline.unused .");
  std::filesystem::remove(in() / "cut.gz");
  EXPECT_EQ(run(), 0);
  data_.baseline = {};
  run();
  data_.baseline = baseline_of("2026-07-01");
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(findings(), (Lines{"baseline.expired .", "baseline.unused .", "yara.eicar_test_file e.txt"}));
}

TEST_F(Reports, ABaselineSaysWhatIsWrongWithIt) {
  const std::string ok =
      "[[accepted]]\nfingerprint = \"" + std::string(64, 'a') + "\"\nreason = \"r\"\nexpires = 2026-02-28\n";
  EXPECT_TRUE(parse_baseline(ok, "b", "2026-01-01"));
  for (const std::string& wrong :
       {ok + ok, ok + "note = \"x\"\n", std::string("[[accepted]]\nreason = \"r\"\n"), std::string("accepted = 1\n"),
        std::string("[[accepted]]\nfingerprint = \"aa\"\n"), std::string("[other]\n"), std::string("accepted = [1]\n"),
        ok + "[[accepted]]\nfingerprint = \"" + std::string(64, 'b') +
            "\"\nreason = \"r\"\nexpires = \"2026-02-30\"\n"}) {
    EXPECT_FALSE(parse_baseline(wrong, "b", "2026-01-01")) << wrong;
  }
}

TEST_F(Reports, AnEarlierReportShowsWhatHasChanged) {
  put("same.txt", "x");
  put("gone.txt", eicar());
  put("other.txt", "before");
  run();
  const std::string before = slurp(out() / "report.json");
  std::filesystem::remove(in() / "gone.txt");
  put("other.txt", "after");
  put("new/suid", "x", 04755);
  data_.against = *parse_earlier(before, "before");
  run();
  const Json& changes = report()["changes"];
  EXPECT_EQ(changes["entries"], Json::parse(R"({"added":["new","new/suid"],"changed":["other.txt"],)"
                                            R"("removed":["gone.txt"],"same":1})"));
  EXPECT_EQ(changes["findings"]["gone"][0]["rule"], "yara.eicar_test_file");
  EXPECT_EQ(changes["findings"]["new"][0]["path"], "new/suid");
  EXPECT_EQ(changes["findings"]["same"], 0);
  const std::string again = slurp(out() / "report.json");
  EXPECT_EQ(Json::parse(again).dump(), again);
  for (const std::string& wrong :
       {std::string("{}"), before.substr(1), before.substr(0, before.size() - 1), std::string()})
    EXPECT_FALSE(parse_earlier(wrong, "wrong"));
}

TEST_F(Reports, JsonIsCanonical) {
  put_a_bit_of_everything();
  run();
  // nlohmann sorts the keys of objects. For the values of a report, its compact form escapes as RFC 8785 demands.
  const std::string text = slurp(out() / "report.json");
  EXPECT_EQ(Json::parse(text).dump(), text);
  const std::string sarif = slurp(out() / "report.sarif");
  EXPECT_EQ(Json::parse(sarif).dump(), sarif);
}

TEST_F(Reports, EveryFindingHasARuleAndAFingerprintOfItsOwn) {
  put_a_bit_of_everything();
  run();
  Lines ids, fingerprints;
  for (const Json& rule : report()["rules"]) ids.push_back(rule["id"]);
  for (const Json& finding : report()["findings"]) {
    EXPECT_TRUE(std::ranges::find(ids, finding["rule"].get<std::string>()) != ids.end());
    fingerprints.push_back(finding["fingerprint"]);
  }
  std::ranges::sort(fingerprints);
  EXPECT_TRUE(std::ranges::adjacent_find(fingerprints) == fingerprints.end());
}

TEST_F(Reports, FingerprintsSurviveAnEditElsewhereInTheFile) {
  const std::string token = "ghp_" + std::string(36, 'a');
  put("a.txt", token);
  run();
  const std::string before = report()["findings"][0]["fingerprint"];
  put("a.txt", "a line more\n" + token);
  run();
  EXPECT_EQ(report()["findings"][0]["fingerprint"], before);
}

TEST_F(Reports, TheManifestNamesTheOthersAsTheyAre) {
  put_a_bit_of_everything();
  run();
  const Json manifest = Json::parse(slurp(out() / "manifest.json"));
  EXPECT_EQ(manifest["schema"], "urn:immure:inspection-manifest:v1");
  ASSERT_EQ(manifest["files"].size(), 3U);
  for (const Json& file : manifest["files"]) {
    const std::string content = slurp(out() / file["name"].get<std::string>());
    EXPECT_EQ(file["sha256"], file::sha256_hex(content));
    EXPECT_EQ(file["size"], content.size());
  }
}

TEST_F(Reports, ChecksumsAreThoseOfSha256sum) {
  put("plain", "x");
  put("back\\slash", "y");
  put("new\nline", "z");
  put("-dash", "w");
  run();
  const std::string check =
      "cd '" + in().string() + "' && sha256sum --strict --quiet -c '" + (out() / "manifest.sha256").string() + "'";
  EXPECT_EQ(std::system(check.c_str()), 0);
  put("plain", "changed");
  EXPECT_NE(std::system((check + " >/dev/null 2>&1").c_str()), 0);
}

TEST_F(Reports, NothingElseIsLeftInTheOutput) {
  put_a_bit_of_everything();
  run();
  Lines names;
  for (const auto& one : std::filesystem::directory_iterator(out())) names.push_back(one.path().filename());
  std::ranges::sort(names);
  EXPECT_EQ(names, Lines(std::begin(kReports), std::end(kReports)));
}

TEST_F(Reports, ALinkInTheOutputIsReplacedAndNotFollowed) {
  std::ofstream(out() / "victim") << "untouched";
  std::filesystem::create_symlink("victim", out() / "report.json");
  run();
  EXPECT_EQ(slurp(out() / "victim"), "untouched");
  EXPECT_FALSE(std::filesystem::is_symlink(out() / "report.json"));
}

TEST_F(Reports, AFileThatIsNotCommittedLeavesNothing) {
  const sys::Fd output(::open(out().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  {
    auto file = OutputFile::create(output.get(), "half");
    ASSERT_TRUE(file);
    file->append("some");
  }
  EXPECT_TRUE(std::filesystem::is_empty(out()));
}

TEST_F(Reports, NeitherTimesNorHostNamesAreInThem) {
  put("a.txt", "x");
  run();
  const std::string before = slurp(out() / "report.json");
  std::filesystem::last_write_time(in() / "a.txt",
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours(1000));
  run();
  EXPECT_EQ(slurp(out() / "report.json"), before);
  EXPECT_EQ(before.find(in().string()), std::string::npos);
}

TEST_F(Reports, SarifHasTheShapeThatReadersNeed) {
  put("a b.txt", eicar());
  put("a.zip", make_archive(as_zip, {{"e.txt", eicar()}}));
  run();
  const Json sarif = Json::parse(slurp(out() / "report.sarif"));
  EXPECT_EQ(sarif["version"], "2.1.0");
  const Json& one = sarif["runs"][0];
  ASSERT_EQ(one["results"].size(), 2U);
  const Json& plain = one["results"][0];
  EXPECT_EQ(plain["ruleId"], "yara.eicar_test_file");
  EXPECT_EQ(plain["level"], "error");
  EXPECT_EQ(one["tool"]["driver"]["rules"][plain["ruleIndex"].get<std::size_t>()]["id"], "yara.eicar_test_file");
  EXPECT_EQ(plain["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "a%20b.txt");
  EXPECT_EQ(plain["locations"][0]["physicalLocation"]["region"]["startLine"], 1);
  EXPECT_EQ(plain["partialFingerprints"]["primaryLocationLineHash"], plain["partialFingerprints"]["immureFinding/v1"]);
  EXPECT_EQ(one["automationDetails"]["id"], "immure-inspect/");
  EXPECT_EQ(one["tool"]["driver"]["rules"][0]["properties"]["tags"], Json::array({"security"}));
  const Json& member = one["results"][1];
  EXPECT_EQ(member["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "a.zip!/e.txt");
}

}  // namespace
}  // namespace immure::inspect::test
