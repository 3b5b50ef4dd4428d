#include <algorithm>

#include "drop.hpp"

namespace immure::inspect::test {
namespace {

constexpr std::string_view kPatterns = R"toml(
title = "patterns"
[allowlist]
paths = ['''(^|/)vendor/''']
stopwords = ["example"]

[[rules]]
id = "house-token"
description = "Token of the house"
regex = '''\bhouse_([a-z0-9]{12,40})\b'''
keywords = ["HOUSE_"]

[[rules]]
id = "random-key"
description = "Key of high entropy"
regex = '''(?i)key\s*=\s*"([a-zA-Z0-9]{16})"'''
secretGroup = 1
entropy = 3.5
[rules.allowlist]
regexTarget = "line"
regexes = ['''not-a-secret''']

[[rules]]
id = "key-file"
description = "File of a key"
path = '''\.ppk$'''
)toml";

class Secrets : public Drop {
 protected:
  static RuleSet rules(std::string_view text = kPatterns) {
    auto made = RuleSet::compile(-1, text);
    EXPECT_TRUE(made) << to_text(made.error());
    return made ? *std::move(made) : *RuleSet::compile(-1);
  }
  static std::string refused(const std::string& text) {
    const auto made = RuleSet::compile(-1, text);
    return made ? "accepted" : to_text(made.error());
  }
};

TEST_F(Secrets, PatternsFindWhatTheyAreForAndShowNone) {
  put("a.txt", "first house_abcdefghijkl, then house_mnopqrstuvwx\n");
  put("b.txt", "key = \"aB3dE6gH9jK2mN5p\"\n");
  put("c.ppk", "PuTTY\n");
  put("d.zip", make_archive(as_zip, {{"in.txt", "house_abcdefghijkl"}}));
  EXPECT_EQ(run({}, 1, rules()), 1);
  EXPECT_EQ(findings(), (Lines{"secret.house-token a.txt", "secret.house-token a.txt", "secret.random-key b.txt",
                               "secret.key-file c.ppk", "secret.house-token d.zip!/in.txt"}));
  EXPECT_EQ(report()["findings"][0]["offset"], 12);
  EXPECT_EQ(report()["findings"][0]["length"], 12);
  EXPECT_EQ(report()["findings"][0]["seen"],
            "abc... (12 characters, sha256 begins " + file::sha256_hex("abcdefghijkl").substr(0, 8) + ")");
  for (const char* name : {"report.json", "report.sarif"}) {
    const std::string text = slurp(out() / name);
    EXPECT_EQ(text.find("abcdef"), std::string::npos) << name;
    EXPECT_EQ(text.find("aB3dE6"), std::string::npos) << name;
  }
  EXPECT_EQ(report()["given"]["secrets"]["sha256"], file::sha256_hex(kPatterns));
}

TEST_F(Secrets, WhatIsAllowedOrTooRegularIsNoFinding) {
  put("vendor/a.txt", "house_abcdefghijkl\n");
  put("b.txt", "house_exampleabcdefg\n");
  put("c.txt", "key = \"aaaaaaaaaaaaaaaa\"\n");
  put("d.txt", "key = \"aB3dE6gH9jK2mN5p\" # not-a-secret\n");
  put("e.txt", "House of cards\n");
  EXPECT_EQ(run({}, 1, rules()), 0);
  EXPECT_EQ(findings(), Lines{});
}

TEST_F(Secrets, BinariesAreLookedThrough) {
  put("a.bin", std::string("\0\1\2", 3) + "house_abcdefghijkl");
  EXPECT_EQ(run({}, 1, rules()), 2);
  EXPECT_EQ(findings(), (Lines{"secret.house-token a.bin", "type.unknown a.bin"}));
}

TEST_F(Secrets, TooManyMatchesAndTooLargeFilesAreReported) {
  std::string many;
  for (int i = 0; i < 20; ++i) many += "house_abcdefghij" + std::to_string(100 + i) + "\n";
  put("many.txt", many);
  put("large.txt", "house_abcdefghijkl" + std::string(2000, ' '));
  Limits limits;
  limits.matches = 5;
  limits.secret_bytes = 1000;
  EXPECT_EQ(run(limits, 1, rules()), 2);
  const Lines all = findings();
  EXPECT_EQ(std::ranges::count(all, "secret.house-token many.txt"), 5);
  EXPECT_TRUE(found("limit.matches many.txt"));
  EXPECT_TRUE(found("limit.secret-bytes large.txt"));
  EXPECT_FALSE(complete());
}

TEST_F(Secrets, RulesSayHowSevereTheyAreAndWhatToDo) {
  const RuleSet set = rules();
  ASSERT_EQ(set.texts().size(), set.first_secret() + 3);
  const RuleText& text = set.texts()[set.first_secret()];
  EXPECT_EQ(text.id, "secret.house-token");
  EXPECT_EQ(text.severity, Severity::kHigh);
  EXPECT_FALSE(text.advice.empty());
}

TEST_F(Secrets, WrongPatternsAreNamedWithTheirPlace) {
  EXPECT_NE(refused("[[rules]]\nid = \"a\"\nregex = '''(?=x)'''\n").find("--secrets:3:rules.regex"), std::string::npos)
      << refused("[[rules]]\nid = \"a\"\nregex = '''(?=x)'''\n");
  EXPECT_NE(refused("[[rules]]\nid = \"a\"\n").find("has neither regex nor path"), std::string::npos);
  EXPECT_NE(refused("[[rules]]\nregex = 'x'\n").find("has no id"), std::string::npos);
  EXPECT_NE(refused("[[rules]]\nid = \"a\"\nregex = 'x'\nsecretGroup = 2\n").find("secretGroup"), std::string::npos);
  EXPECT_NE(refused("[[rules]]\nid = \"a\"\nregex = 'x'\nnonsense = 2\n").find("rules.nonsense"), std::string::npos);
  EXPECT_NE(refused("[extend]\nuseDefault = true\n").find("extend"), std::string::npos);
  EXPECT_NE(refused("title = \"x\"\n").find("has no rules"), std::string::npos);
  EXPECT_NE(refused("[[rules]\n").find("--secrets:1"), std::string::npos);
  EXPECT_NE(refused("[[rules]]\nid = \"a\"\nregex = 'x'\n[[rules]]\nid = \"a\"\nregex = 'y'\n").find("earlier"),
            std::string::npos);
}

}  // namespace
}  // namespace immure::inspect::test
