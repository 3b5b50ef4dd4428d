#include "plan/language/requires.hpp"

#include <gtest/gtest.h>

#include "plan/language/command.hpp"
#include "plan/language/venv.hpp"

namespace immure::plan {
namespace {

std::string told(const std::vector<Required>& all) {
  std::string text;
  for (const Required& one : all) text += (text.empty() ? "" : " ") + one.path + (one.relative ? "~" : "");
  return text;
}

TEST(Requires, PerlNamesModulesAsWordsAndParents) {
  EXPECT_EQ(told(perl_requires("use strict;\nuse Image::ExifTool qw(:Public);\nrequire Foo::Bar;\n")),
            "strict Image/ExifTool Foo/Bar");
  EXPECT_EQ(told(perl_requires("use parent -norequire, qw(A::B);\nuse base 'C';\n")), "norequire A/B C");
  EXPECT_EQ(told(perl_requires("use 5.010;\nrequire 'x/y.pm';\n__END__\nuse Hidden;\n")), "x/y");
  EXPECT_EQ(told(perl_requires("a\n__END__\nuse Hidden;\n")), "");
}

TEST(Requires, RubyNamesFeaturesAndRelatives) {
  EXPECT_EQ(told(ruby_requires("require 'json'\nrequire_relative 'lib/util.rb'\nautoload :X, 'x'\n")),
            "json lib/util~ x");
  EXPECT_EQ(told(ruby_requires("require \"#{dir}/x\"\nrequired 'no'\n")), "");
}

TEST(Requires, LuaNodeAndPhp) {
  EXPECT_EQ(told(lua_requires("local u = require('a.b')\nrequire \"c\"\n")), "a/b c");
  EXPECT_EQ(told(node_requires("const a = require('./a'); import b from 'b';\nexport * from '@s/c/d'\nimport('e')")),
            "./a~ b @s/c/d e");
  EXPECT_EQ(told(php_requires("<?php require __DIR__ . '/a.php'; include_once('b.php');")), "a.php~ b.php~");
}

TEST(Requires, HostileNamesAreLeftOut) {
  EXPECT_EQ(told(ruby_requires("require '/etc/passwd'\nrequire 'a//b'\nrequire ''\n")), "");
  EXPECT_EQ(told(node_requires(std::string("require('a\0b')", 14))), "");
  EXPECT_EQ(told(lua_requires("require '" + std::string(1000, 'a') + "'")), "");
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += "require 'a'\n";
  EXPECT_EQ(ruby_requires(many).size(), 4096U);
  // Reading this source takes quadratic time if the reader reads each statement to the end of the source.
  std::string endless;
  for (int i = 0; i < 400'000; ++i) endless += "use base ";
  EXPECT_LE(perl_requires(endless).size(), 4096U);
}

TEST(Requires, PackageJsonTellsItsDependencies) {
  EXPECT_EQ(
      package_dependencies(R"({"name":"x","dependencies":{"a":"^1","@s/b":"2"},"peerDependencies": { "c" : "*" }})"),
      (std::vector<std::string>{"a", "@s/b", "c"}));
  EXPECT_TRUE(package_dependencies(R"({"dependencies":["a"]})").empty());
  EXPECT_TRUE(package_dependencies(R"({"dependencies":{"../../etc":"1","/x":"1"}})").size() < 2);
  EXPECT_TRUE(package_dependencies(R"({"dependencies":{"a)").empty());
}

constexpr OptionLetters kPython{
    .code = "c", .module = "m", .value = "WX", .attached = "", .file = "", .module_ends = true};

TEST(Command, FindsTheScriptBehindTheOptions) {
  const auto script = [](const std::vector<std::string>& arguments) { return command_of(arguments, kPython).script; };
  EXPECT_EQ(script({"x.py", "-c", "y"}), 0U);
  EXPECT_EQ(script({"-I", "-W", "error", "-Xutf8", "x.py"}), 4U);
  EXPECT_EQ(script({"--", "x.py"}), 1U);
  EXPECT_EQ(script({"-"}), std::nullopt);
  EXPECT_EQ(script({}), std::nullopt);
  EXPECT_EQ(script({"-W"}), std::nullopt);
}

TEST(Command, FindsCodeAndModules) {
  EXPECT_EQ(command_of(std::vector<std::string>{"-Ic", "import a", "x.py"}, kPython).code,
            (std::vector<std::string>{"import a"}));
  const Command module = command_of(std::vector<std::string>{"-mjson.tool", "/in/a"}, kPython);
  EXPECT_EQ(module.modules, (std::vector<std::string>{"json.tool"}));
  EXPECT_EQ(module.script, std::nullopt);
}

TEST(Venv, SettingsAreRead) {
  const VenvSettings settings =
      parse_venv("home = /usr/bin\ninclude-system-site-packages = true\nversion = 3.11.2\nprompt = x\n");
  EXPECT_EQ(settings, (VenvSettings{.home = "/usr/bin", .version = "3.11", .system_site = true}));
  EXPECT_EQ(parse_venv("home = relative\nversion = ../../etc.1\nnoise"), VenvSettings{});
  EXPECT_EQ(parse_venv("version_info=3.12.1.final.0\r\nhome=/a/bin\r\n"),
            (VenvSettings{.home = "/a/bin", .version = "3.12"}));
}

}  // namespace
}  // namespace immure::plan
