#include "plan/language/python_imports.hpp"

#include <gtest/gtest.h>

#include <string>

namespace immure::plan {
namespace {

/// The imports in one line: dots, module, names in brackets, and a question mark after each import that may be missing.
std::string told(std::string_view source) {
  std::string text;
  for (const PythonImport& one : python_imports(source)) {
    text += (text.empty() ? "" : " ") + std::string(one.level, '.') + one.module;
    if (!one.names.empty()) {
      text += "[";
      for (const std::string& name : one.names) text += (text.ends_with("[") ? "" : ",") + name;
      text += "]";
    }
    if (one.distribution) text += "==";
    if (one.optional) text += "?";
  }
  return text;
}

TEST(PythonImports, StatementsOfEachForm) {
  EXPECT_EQ(told("import a\nimport b.c as d, e\n"), "a b.c e");
  EXPECT_EQ(told("from a import b as c, d\nfrom x import *\n"), "a[b,d] x");
  EXPECT_EQ(told("from . import a\nfrom .. import b\nfrom ...c.d import e\n"), ".[a] ..[b] ...c.d[e]");
  EXPECT_EQ(told("from a import (\n  b,  # why\n  c as d,\n)\nimport e"), "a[b,c] e");
  EXPECT_EQ(told("import a; import b\r\nfrom c \\\n  import d"), "a b? c[d]");
}

TEST(PythonImports, ImportsInsideOfBlocksMayBeMissing) {
  EXPECT_EQ(told("try:\n  import a\nexcept ImportError:\n  a = None\n"), "a?");
  EXPECT_EQ(told("def f():\n\tfrom a import b\n"), "a[b]?");
  EXPECT_EQ(told("if x: import a\nelse: import b\n"), "a? b?");
}

TEST(PythonImports, NamesInTextsCountWhereTheyAreCalled) {
  EXPECT_EQ(told("importlib.import_module('a.b')\n__import__(\"c\")\n"), "a.b? c?");
  EXPECT_EQ(told("import_module(name)\nimport_module('.x', p)\nimport_module('../x')\n"), ".x?");
  EXPECT_EQ(told("__requires__ = 'yq==3.1.0'\n"), "yq==?");
}

TEST(PythonImports, TextsAndCommentsAreNoStatements) {
  EXPECT_EQ(told("'''\nimport a\n'''\n\"\"\"import b\"\"\"\n# import c\nx = 'import d'\n"), "");
  EXPECT_EQ(told("x = r'\\'\nimport b\n"), "b");
  EXPECT_EQ(told("x = rb'''a\nimport b'''\nimport c\n"), "c");
  EXPECT_EQ(told("raise a from b\nyield from c\nimportant = 1\nself.import_ = 2\n"), "");
  EXPECT_EQ(told("x = {'a': 1, 'b': [\n 2]}\nimport c\n"), "c");
}

TEST(PythonImports, BrokenSourcesEnd) {
  EXPECT_EQ(told("x = (((\nimport a\n"), "a");
  EXPECT_EQ(told("x = 'never closed\nimport a\n"), "a");
  EXPECT_EQ(told("'''never closed\nimport a\n"), "");
  for (const char* broken : {"import", "import a.", "import .a", "from", "from a", "from a import", "from . import (",
                             "import a..b", "__import__(", "import_module('", "__requires__ =", "\\", "'\\"})
    static_cast<void>(python_imports(broken));
  EXPECT_EQ(told("import " + std::string(1000, 'a')), "");
}

TEST(PythonImports, AreLimited) {
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += "import a" + std::to_string(i) + "\n";
  EXPECT_EQ(python_imports(many).size(), 4096U);
  std::string nested(2'000'000, '(');
  EXPECT_TRUE(python_imports(nested).empty());
  EXPECT_TRUE(python_imports(std::string(2'000'000, '\n') + "(" + std::string(2'000'000, '\n')).empty());
}

}  // namespace
}  // namespace immure::plan
