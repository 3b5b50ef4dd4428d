/// Secrets and misleading characters are found in every encoding, and no single byte hides them. What only looks like
/// a secret is none.
#include <algorithm>

#include "drop.hpp"
#include "inspect/scan/text_content.hpp"

namespace immure::inspect::test {
namespace {

using namespace std::string_literals;

class Texts : public Drop {};

std::string token() { return "ghp_" + std::string(20, 'A') + std::string(16, 'b'); }

/// The text with each character in `unit` bytes. The text may have only characters below U+0080, and U+202E as `^`.
std::string wide(const std::string& text, unsigned unit, bool big) {
  std::string out;
  for (const char c : text) {
    const unsigned value = c == '^' ? 0x202E : static_cast<unsigned char>(c);
    std::string bytes;
    for (unsigned i = 0; i < unit; ++i) bytes += static_cast<char>(i < 4 ? value >> (8 * i) & 0xFFU : 0U);
    if (big) std::ranges::reverse(bytes);
    out += bytes;
  }
  return out;
}

TEST_F(Texts, SecretsAreFoundInEveryEncoding) {
  const std::string line = "key = \"" + token() + "\"\n";
  std::map<std::string, std::string> files{
      {"cp1252", "\x93quoted\x94 \x96 " + line},
      {"shift-jis", "\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd\n" + line},
      {"nul", "a\0b\n"s + line},
      {"bell", "echo '\a'\n" + line},
      {"vertical-tab", "\v" + line},
      {"dos", line + "\x1A"},
      {"many-controls", "\x01\x02\x03\x04\x05\x06\x07" + line},
      {"gif", "GIF89a\x01\0"s + line},
      {"song", "ID3\x03\0"s + line},
      {"svg", "<svg>" + line + "</svg>"},
      {"rtf", "{\\rtf1 " + line + "}"},
      {"postscript", "%!PS\n" + line},
      {"program", "MZ" + std::string(100, '\0') + line},
      {"wide-in-program", "MZ" + std::string(101, '\0') + wide(line, 2, false) + std::string(50, '\x02')},
  };
  for (const bool big : {false, true}) {
    for (const unsigned unit : {2U, 4U}) {
      const std::string name = "utf" + std::to_string(unit * 8) + (big ? "be" : "le");
      const std::string mark =
          unit == 2 ? (big ? "\xFE\xFF"s : "\xFF\xFE"s) : (big ? "\0\0\xFE\xFF"s : "\xFF\xFE\0\0"s);
      files[name] = wide(line, unit, big);
      files[name + "-mark"] = mark + wide("first\n" + line, unit, big);
      files[name + "-within"] = std::string(77, '\x03') + wide(line, unit, big) + std::string(33, '\xFC');
    }
  }
  for (const auto& [name, content] : files) put(name, content);
  run();
  for (const auto& [name, content] : files)
    EXPECT_TRUE(found("yara.secret_github_token " + name)) << name << entry(name)["type"];
}

TEST_F(Texts, TheOffsetOfAWideSecretIsThatInTheFile) {
  put("a.reg", "\xFF\xFE" + wide("abc\n" + token() + "\n", 2, false));
  run();
  const Json finding = report()["findings"][0];
  EXPECT_EQ(finding["offset"], 2 + 2 * 4);
  EXPECT_EQ(finding["length"], 2 * 40);
}

TEST_F(Texts, BidirectionalControlsAreFoundInEveryEncoding) {
  put("a.c", "/* some text \xE2\x80\xAE } */ \x93\n");
  put("b.c", "\a/* \xE2\x80\xAE } */\n");
  put("c.c", wide("/* some text ^ } */\n", 2, false));
  put("d.c", "\xFE\xFF" + wide("/* some text ^ } */\n", 2, true));
  put("e.c", wide("/* some text ^ } */\n", 4, true));
  put("f.exe", "MZ" + std::string(70, '\0') + "some words \xE2\x80\xAE and more" + std::string(9, '\0'));
  put("g.jpg", "\xFF\xD8\xFF" + std::string(20, '\x01') + "\xE2\x80\xAE" + std::string(20, '\x02'));
  run();
  for (const char* name : {"a.c", "b.c", "c.c", "d.c", "e.c", "f.exe"})
    EXPECT_TRUE(found("text.bidi " + std::string(name))) << name;
  EXPECT_FALSE(found("text.bidi g.jpg"));
}

TEST_F(Texts, RulesOfPathsAlsoFireOnBinariesAndEmptyFiles) {
  const auto rules = RuleSet::compile(-1, "[[rules]]\nid = \"store\"\npath = '''\\.p12$'''\n");
  ASSERT_TRUE(rules);
  put("a.p12", "\x30\x82\x01\x02\x01\x01\xFF\xFE");
  put("b.p12", "");
  put("c.txt", "text\n");
  run({}, 1, *rules);
  EXPECT_TRUE(found("secret.store a.p12"));
  EXPECT_TRUE(found("secret.store b.p12"));
  EXPECT_FALSE(found("secret.store c.txt"));
}

// A key of Ed25519, made for this test.
constexpr const char* kBody = "MC4CAQAwBQYDK2VwBCIEIMvkHpyFdRt2FhD1lk7tm3hYlRgYQxX0HnXy9jY2X3bq";
constexpr const char* kOther = "MC4CAQAwBQYDK2VwBCIEIAvkHpyFdRt2FhD1lk7tm3hYlRgYQxX0HnXy9jY2X3bQ";

TEST_F(Texts, APrivateKeyNeedsABodyAndIsNamedByIt) {
  const auto key = [](const std::string& label, const std::string& body) {
    return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
  };
  put("a.pem", key("PRIVATE KEY", kBody));
  put("b.js", "k = \"-----BEGIN PRIVATE KEY-----\\n" + std::string(kBody).substr(0, 30) + "\\n\" +\n  \"" +
                  std::string(kBody).substr(30) + "\\n-----END PRIVATE KEY-----\";\n");
  put("c.pem", key("PRIVATE KEY", kOther));
  put("label.c",
      "if (strstr(p, \"-----BEGIN PRIVATE KEY-----\") || strstr(p, \"-----BEGIN RSA PRIVATE KEY-----\")) x();\n");
  put("manual.md", key("RSA PRIVATE KEY", std::string(64, 'X')) + key("PRIVATE KEY", "...") +
                       key("PRIVATE KEY", "MIIEvQIBADANBgkq..."));
  put("locked.pem", key("ENCRYPTED PRIVATE KEY", kBody));
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(findings(), (Lines{"yara.secret_private_key a.pem", "yara.secret_private_key b.js",
                               "yara.secret_private_key c.pem", "yara.secret_encrypted_private_key locked.pem"}));
  const Json all = report()["findings"];
  EXPECT_EQ(all[0]["seen"], all[1]["seen"]);
  EXPECT_NE(all[0]["seen"], all[2]["seen"]);
}

TEST_F(Texts, ASecretInAnUnpackedMemberIsReportedOnce) {
  put("a.tar", make_archive(as_tar, {{"d/a.txt", "key = \"" + token() + "\"\n"}}));
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(findings(), Lines{"yara.secret_github_token a.tar!/d/a.txt"});
}

TEST_F(Texts, OneByteMakesATextNoOtherType) {
  put("a.txt", "GIF89a is a format of pictures\n");
  put("b.txt", "MZ was the name of a developer\n");
  put("c.txt", "ls-lh5-l lists files\n with their sizes\n");
  put("d.txt", "BZh91 is a name\n");
  put("e.txt", "ID3 tags\n");
  put("f.txt", "CWS and FWS\n");
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(findings(), Lines{});
  for (const Json& one : report()["entries"]) EXPECT_EQ(one["type"], "text") << one["path"];
}

}  // namespace
}  // namespace immure::inspect::test
