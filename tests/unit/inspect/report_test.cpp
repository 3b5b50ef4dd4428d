#include <algorithm>

#include "drop.hpp"

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

TEST_F(Reports, JsonIsCanonical) {
  put_a_bit_of_everything();
  run();
  // nlohmann's objects are sorted by key, and its compact form escapes as RFC 8785 does for what is in a report.
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
  const Json& member = one["results"][1];
  EXPECT_EQ(member["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "a.zip!/e.txt");
}

}  // namespace
}  // namespace immure::inspect::test
