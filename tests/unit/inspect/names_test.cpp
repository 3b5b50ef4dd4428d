#include "inspect/scan/names.hpp"

#include "inspect/scan/links.hpp"

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

TEST(Links, LinksThatLeadOutAreReported) {
  const Links none;
  EXPECT_TRUE(none.from("a", "/etc/passwd").out);
  EXPECT_TRUE(none.from("a", "../b").out);
  EXPECT_TRUE(none.from("d/a", "../../b").out);
  EXPECT_TRUE(none.from("d/a", "../x/../../b").out);
  EXPECT_FALSE(none.from("d/a", "../b").out);
  EXPECT_FALSE(none.from("a", "b/../c").out);
  EXPECT_FALSE(none.from("a", ".").out);
}

TEST(Links, AChainOfHarmlessLinksLeadsOut) {
  Links links;
  links.add("cur", ".");
  EXPECT_FALSE(links.from("inside", "cur/x").out);
  EXPECT_TRUE(links.from("par", "cur/..").out);
  links.add("par", "cur/..");
  EXPECT_TRUE(links.to("par/moo").out);
  EXPECT_EQ(links.to("par/moo").link, "par");
  EXPECT_FALSE(links.to("par").out);
  EXPECT_TRUE(links.through("par").out);
  EXPECT_TRUE(links.to("./other/./moo").link.empty());
}

TEST(Links, LoopsEnd) {
  Links links;
  links.add("a", "b/x");
  links.add("b", "a/y");
  links.add("c", "c");
  EXPECT_FALSE(links.to("a/z").out);
  EXPECT_FALSE(links.through("c").out);
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
