#include "inspect/scan/names.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace immure::inspect {
namespace {

std::vector<Rule> rules_of(const FileResult& result) {
  std::vector<Rule> rules;
  for (const Finding& finding : result.findings) rules.push_back(static_cast<Rule>(finding.rule));
  return rules;
}

std::vector<Rule> component(std::string_view name) {
  FileResult result;
  check_component(name, {}, result);
  return rules_of(result);
}

std::vector<Rule> member(std::string_view name) {
  FileResult result;
  check_member_name(name, "m", result);
  return rules_of(result);
}

using Rules = std::vector<Rule>;

TEST(Names, OrdinaryNamesHaveNoFindings) {
  for (const char* name : {"a.txt", "README", "résumé.pdf", "Отчёт.docx", "日本語.txt", "Ελλάδα", "archive.tar.gz",
                           "v1.2.3", ".hidden", "console.log", "communication", "COM10", "a-b"}) {
    EXPECT_EQ(component(name), Rules{}) << name;
  }
}

TEST(Names, EveryEvilNameIsFound) {
  EXPECT_EQ(component("a\nb"), Rules{Rule::kNameControl});
  EXPECT_EQ(component("a\x1B]0;t\x07"), Rules{Rule::kNameControl});
  EXPECT_EQ(component("photo_\xE2\x80\xAEgpj.sh"), Rules{Rule::kNameBidi});
  EXPECT_EQ(component("a\xE2\x80\x8B"
                      "b"),
            Rules{Rule::kNameInvisible});
  EXPECT_EQ(component("caf\xE9"), Rules{Rule::kNameNotUtf8});
  EXPECT_EQ(component("p\xD0\xB0ypal"), Rules{Rule::kNameMixedScript});  // Cyrillic a
  EXPECT_EQ(component("-rf"), Rules{Rule::kNameLeadingDash});
  EXPECT_EQ(component("NUL"), Rules{Rule::kNameReserved});
  EXPECT_EQ(component("com1.txt"), Rules{Rule::kNameReserved});
  EXPECT_EQ(component("aux .c"), Rules{Rule::kNameReserved});
  EXPECT_EQ(component("a:b"), Rules{Rule::kNamePortability});
  EXPECT_EQ(component("a."), Rules{Rule::kNamePortability});
  EXPECT_EQ(component("invoice.pdf.exe"), Rules{Rule::kNameDoubleExtension});
  EXPECT_EQ(component("invoice.pdf          .exe"), Rules{Rule::kNameDoubleExtension});
  EXPECT_EQ(component(std::string(256, 'a')), Rules{Rule::kNameOverlong});
}

TEST(Names, WordsOfDifferentScriptsSideBySideAreNoMixture) {
  EXPECT_EQ(component("report-Отчёт.pdf"), Rules{});
  EXPECT_EQ(component("Ω-value"), Rules{});
}

TEST(Names, MembersThatLeaveTheirDirectoryAreFound) {
  for (const char* name : {"../a", "a/../../b", "/etc/passwd", "C:\\a", "..\\a", "a\\..\\..\\b", "\\\\host\\share"}) {
    const Rules rules = member(name);
    EXPECT_TRUE(std::ranges::find(rules, Rule::kArchiveTraversal) != rules.end()) << name;
  }
  EXPECT_EQ(member("a/b..c/d"), Rules{});
  EXPECT_EQ(member("./a"), Rules{});
  EXPECT_EQ(member(""), Rules{Rule::kArchiveBadName});
}

TEST(Names, LinksThatLeadOutAreReported) {
  EXPECT_TRUE(leads_out("a", "/etc/passwd"));
  EXPECT_TRUE(leads_out("a", "../b"));
  EXPECT_TRUE(leads_out("d/a", "../../b"));
  EXPECT_TRUE(leads_out("d/a", "../x/../../b"));
  EXPECT_FALSE(leads_out("d/a", "../b"));
  EXPECT_FALSE(leads_out("a", "b/../c"));
  EXPECT_FALSE(leads_out("a", "."));
}

TEST(Names, CaseIsFoldedInTheScriptsThatHaveIt) {
  EXPECT_EQ(fold_case("ReadMe"), fold_case("README"));
  EXPECT_EQ(fold_case("ÄÖÜ"), fold_case("äöü"));
  EXPECT_EQ(fold_case("ОТЧЁТ"), fold_case("отчёт"));
  EXPECT_EQ(fold_case("ΑΒΓ"), fold_case("αβγ"));
  EXPECT_NE(fold_case("a"), fold_case("b"));
  EXPECT_EQ(fold_case("\xFF"), "\xFF");
}

TEST(Names, ExtensionsAreOfTheLastName) {
  EXPECT_EQ(extension("a/b.tar.GZ"), "gz");
  EXPECT_EQ(extension("a.d/b"), "");
  EXPECT_EQ(extension(".profile"), "");
  EXPECT_EQ(extension("a."), "");
}

}  // namespace
}  // namespace immure::inspect
