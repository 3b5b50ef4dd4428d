#include "plan/image/wrapper.hpp"

#include <gtest/gtest.h>

namespace immure::plan {
namespace {

std::string parsed(std::string_view text) {
  const auto wrapper = parse_wrapper(text);
  if (!wrapper) return "none";
  std::string words = (wrapper->plain ? "" : "perhaps ") + wrapper->program;
  for (const std::string& argument : wrapper->arguments) words += "|" + argument;
  return words;
}

TEST(Wrapper, StartsAProgramWithItsOwnArguments) {
  EXPECT_EQ(parsed("#! /bin/sh\nexec /usr/lib/p7zip/7z \"$@\"\n"), "/usr/lib/p7zip/7z");
  EXPECT_EQ(parsed("#!/bin/sh\n\n# why\nset -e\n  exec  /usr/bin/x -a 'b c' \"d e\" f${1+\"$@\"}"), "none");
  EXPECT_EQ(parsed("#!/bin/sh\n\n# why\nset -e\n  exec  /usr/bin/x -a 'b c' \"d e\" ${1+\"$@\"}"),
            "/usr/bin/x|-a|b c|d e");
  EXPECT_EQ(parsed("exec '/usr/bin/a b' \"\" \"$@\"\n"), "/usr/bin/a b|");
}

TEST(Wrapper, KnowsConstantVariables) {
  EXPECT_EQ(parsed("bindir=/usr/bin\nname=\"$bindir/x\"\nexec \"$name\" -${bindir} \"$@\""), "none");
  EXPECT_EQ(parsed("bindir=/usr/bin\nname=\"$bindir/x\"\nexec \"${name}\" \"-$bindir\" \"$@\""),
            "/usr/bin/x|-/usr/bin");
  EXPECT_EQ(parsed("a=/x\na=/y\nexec \"$a\" \"$@\""), "/y");
  EXPECT_EQ(parsed("exec \"$unknown\" \"$@\""), "none");
  EXPECT_EQ(parsed("a=/x\nexec $a \"$@\""), "none");
}

TEST(Wrapper, WhatTheScriptDoesBesidesMakesTheProgramAHint) {
  EXPECT_EQ(parsed("echo a\nexec gzip -cd \"$@\""), "perhaps gzip|-cd");
  EXPECT_EQ(parsed("exec ./gzip -cd \"$@\""), "perhaps ./gzip|-cd");
  EXPECT_EQ(parsed("cat <<E\nexec gzip \"$@\"\nE\n"), "none");
  EXPECT_EQ(parsed("a='\nexec gzip \"$@\""), "perhaps gzip");
  EXPECT_EQ(parsed("PATH=/evil\nexec /usr/bin/x \"$@\""), "perhaps /usr/bin/x");
  EXPECT_EQ(parsed("export A=b\nexec /usr/bin/x \"$@\""), "perhaps /usr/bin/x");
  EXPECT_EQ(parsed("a=/x\nif b; then a=/y; fi\nexec \"$a\" \"$@\""), "none");
  EXPECT_EQ(parsed("cd /tmp && exec /usr/bin/x \"$@\""), "none");
}

TEST(Wrapper, MayHandleSomeFirstArguments) {
  constexpr std::string_view kZcat =
      "#!/bin/sh\n# Uncompress\nversion=\"zcat 1\nexec evil \\\"\n\"\n\nusage=\"Usage: $0 [FILE]...\n  -f  "
      "force\"\n\ncase $1 in\n"
      "--help)    printf '%s' \"$usage\" || exit 1; exit;;\n-v|--version) exit;;\nesac\n\nexec gzip -cd \"$@\"\n";
  const auto wrapper = parse_wrapper(kZcat);
  ASSERT_TRUE(wrapper);
  EXPECT_EQ(wrapper->program, "gzip");
  EXPECT_TRUE(wrapper->is_plain_for({}));
  EXPECT_TRUE(wrapper->is_plain_for({"/in/a.gz"}));
  EXPECT_TRUE(wrapper->is_plain_for({"-f", "--help"}));
  EXPECT_FALSE(wrapper->is_plain_for({"--help"}));
  EXPECT_FALSE(wrapper->is_plain_for({"-v"}));
  const auto glob = parse_wrapper("case $1 in\n-*h) exit;;\nesac\nexec gzip \"$@\"");
  ASSERT_TRUE(glob);
  EXPECT_FALSE(glob->is_plain_for({"-x"}));
  EXPECT_TRUE(glob->is_plain_for({"x"}));
}

TEST(Wrapper, OtherCasesAndTextsAreNotPlain) {
  for (const auto* before :
       {"case $1 in\n*) exit;;\nesac", "case $1 in\n-a) exit\n;;\nesac", "case $2 in\n-a) exit;;\nesac",
        "case $1 in\n-a|b) exit;;\nesac", "case $1 in\n-a) exit;; *) exit;;\nx) exit;;\nesac", "text=\"$(id)\"",
        "text=\"`id`\"", "text=\"a\"; id", "text=\"a\" id", "PATH=\"a\""}) {
    const auto wrapper = parse_wrapper(std::string(before) + "\nexec gzip \"$@\"");
    EXPECT_FALSE(wrapper && wrapper->plain) << before;
  }
}

TEST(ProgramsStarted, AreThoseThatAScriptExecutesInItsOwnPlace) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(
      programs_started("#!/bin/sh\nreal=/usr/bin/convert\nif [ -e \"$real\" ]; then\n  exec \"$real\" \"$@\"\nfi\n"
                       "exec python3 -I \"$0\" \"$@\"\nmore"),
      (Names{"/usr/bin/convert", "python3"}));
  EXPECT_EQ(programs_started("exec a\nexec a b\n"), Names{"a"});
  EXPECT_EQ(programs_started("exec 2>/dev/null\nexec >log\nexec -a b c\nexec \"$unknown\"\n# exec d\necho exec e\n"),
            Names{});
  EXPECT_EQ(programs_started(std::string(kLongestWrapper, '\n') + "exec a\n"), Names{});
}

TEST(Wrapper, IsNoOtherScript) {
  for (const auto* text : {
           "",
           "#!/bin/sh\n",
           "exec /usr/bin/x\n",
           "exec /usr/bin/x $@\n",
           "exec /usr/bin/x \"$*\"\n",
           "exec /usr/bin/x \"$@\" more\n",
           "exec /usr/bin/x \"$@\" >/dev/null\n",
           "exec /usr/bin/x \"$@\"; id\n",
           "exec /usr/bin/x \"$@\"\nid\n",
           "exec \"$@\"\n",
           "exec -a name /usr/bin/x \"$@\"\n",
           "exec A=b /usr/bin/x \"$@\"\n",
           "exec /usr/bin/x \"`id`\" \"$@\"\n",
           "exec /usr/bin/x \"$(id)\" \"$@\"\n",
           "exec /usr/bin/x $(id) \"$@\"\n",
           "exec /usr/bin/* \"$@\"\n",
           "exec ~/x \"$@\"\n",
           "exec /usr/bin/x \"a\n",
           "exec /usr/bin/x 'a\n",
           "/usr/bin/x \"$@\"\n",
           "if true; then\nexec /usr/bin/x \"$@\"\nfi\n",
           "exec /usr/bin/x \\\n\"$@\"\n",
           "exec /usr/bin/x |y \"$@\"\n",
           "exec {a,b} \"$@\"\n",
           "exec /usr/bin/x \"$@\"\r\n",
       })
    EXPECT_EQ(parsed(text), "none") << text;
  EXPECT_EQ(parsed(std::string_view("exec /usr/bin/x\0y \"$@\"", 22)), "none");
  EXPECT_EQ(parsed(std::string(kLongestWrapper, '#') + "\nexec /usr/bin/x \"$@\""), "none");
}

TEST(Wrapper, IsAScriptOfAShell) {
  EXPECT_TRUE(is_shell_line({"/bin/sh", ""}));
  EXPECT_TRUE(is_shell_line({"bash", ""}));
  EXPECT_TRUE(is_shell_line({"/usr/bin/dash", "-e"}));
  EXPECT_FALSE(is_shell_line({"/bin/sh", "-x"}));
  EXPECT_FALSE(is_shell_line({"/usr/bin/python3", ""}));
}

}  // namespace
}  // namespace immure::plan
