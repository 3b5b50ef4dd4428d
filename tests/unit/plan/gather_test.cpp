// What a script's imports bring into the image, and what they must not bring.
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>

#include "../file/temp_dir.hpp"
#include "plan/image/image.hpp"
#include "plan/image/pack.hpp"

namespace immure::plan {
namespace {

using test::TempDir;

class Gather : public testing::Test {
 protected:
  void SetUp() override {
    if (::access("/usr/bin/python3", X_OK) != 0) GTEST_SKIP() << "tool: python3 is not installed";
  }

  /// The closure of `python3 SCRIPT` for a script with this text.
  Closure closed(std::string_view text) {
    const std::string script = directory_.write("proj/main.py", text);
    return of({script});
  }

  static Closure of(const std::vector<std::string>& arguments) {
    auto closure = closure_of("/usr/bin/python3", arguments, {});
    EXPECT_TRUE(closure) << (closure ? "" : to_text(closure.error()));
    return closure ? *std::move(closure) : Closure{};
  }

  /// The place in the image of a file from the script's directory. This directory lies below /tmp, so the file cannot
  /// keep its path.
  static std::string inner(std::string_view name) { return "/app/" + std::string(name); }

  /// True if the image will hold this path.
  static bool packs(const Closure& closure, const std::string& path) {
    const auto list = pack_list(closure, {});
    EXPECT_TRUE(list) << (list ? "" : to_text(list.error()));
    return list && std::ranges::find(list->items, path, &PackItem::inner) != list->items.end();
  }

  TempDir directory_;
};

TEST_F(Gather, ModulesBesideTheScriptArePackedAndOtherFilesAreNot) {
  directory_.write("proj/util.py", "import os");
  directory_.write("proj/unused.py", "");
  directory_.write("proj/host.key", "secret");
  directory_.write("proj/kit/__init__.py", "from .deep import x\nimport other");
  directory_.write("proj/kit/deep.py", "x = 1");
  directory_.write("proj/kit/data.json", "{}");
  directory_.write("proj/other.py", "");
  directory_.write("proj/space/inner.py", "");
  const Closure closure = closed("import util, kit\nfrom space import inner\n");
  for (const char* name : {"main.py", "util.py", "kit/__init__.py", "kit/data.json", "other.py", "space/inner.py"})
    EXPECT_TRUE(packs(closure, inner(name))) << name;
  for (const char* name : {"unused.py", "host.key"}) EXPECT_FALSE(packs(closure, inner(name))) << name;
  EXPECT_TRUE(closure.notes.empty()) << closure.notes.front();
}

TEST_F(Gather, LinkThatLeadsOutOfTheScriptsDirectoryBringsNothing) {
  const std::string secret = directory_.write("elsewhere/secret.py", "password = 1");
  directory_.write("proj/keep.py", "");
  ASSERT_EQ(::symlink(secret.c_str(), (directory_ / "proj/util.py").c_str()), 0);
  ASSERT_EQ(::symlink((directory_ / "elsewhere").c_str(), (directory_ / "proj/kit").c_str()), 0);
  const Closure closure = closed("import util, kit.secret\nfrom kit import secret\n");
  EXPECT_FALSE(packs(closure, inner("util.py")));
  EXPECT_FALSE(packs(closure, inner("kit/secret.py")));
  EXPECT_EQ(closure.notes.size(), 3U);
}

TEST_F(Gather, FileThatTheScriptsOwnerMayNotReadIsNotPacked) {
  if (::geteuid() != 0) GTEST_SKIP() << "root: only root reads everything";
  const std::string util = directory_.write("proj/util.py", "x = 1");
  const std::string script = directory_.write("proj/main.py", "import util");
  const std::string place = directory_.path() + "/proj";
  constexpr uid_t kStranger = 65534;
  ASSERT_EQ(::chmod(directory_.path().c_str(), 0755), 0);
  for (const std::string& path : {place, script}) ASSERT_EQ(::chown(path.c_str(), kStranger, kStranger), 0);
  ASSERT_EQ(::chmod(util.c_str(), 0600), 0);
  EXPECT_FALSE(packs(of({script}), inner("util.py")));
  ASSERT_EQ(::chmod(util.c_str(), 0644), 0);
  EXPECT_TRUE(packs(of({script}), inner("util.py")));
}

TEST_F(Gather, ModuleThatIsMissingIsNotedOnce) {
  const Closure closure =
      closed("import nowhere_at_all\ntry:\n  import neither\nexcept ImportError: pass\nimport sys, json");
  ASSERT_EQ(closure.notes.size(), 1U);
  EXPECT_NE(closure.notes[0].find("main.py: import nowhere_at_all was not found"), std::string::npos);
}

TEST_F(Gather, CodeOfTheCommandLineIsReadToo) {
  EXPECT_EQ(of({"-c", "import nowhere_at_all"}).notes.size(), 1U);
  EXPECT_TRUE(of({"-c", "import json"}).notes.empty());
  EXPECT_EQ(of({"-m", "nowhere_at_all", "x"}).notes.size(), 1U);
}

TEST_F(Gather, ScriptThatIsNamedByARelativePathGetsAPlaceOfItsOwn) {
  directory_.write("proj/main.py", "import util");
  directory_.write("proj/util.py", "");
  char before[4096];
  ASSERT_NE(::getcwd(before, sizeof before), nullptr);
  ASSERT_EQ(::chdir((directory_.path() + "/proj").c_str()), 0);
  const Closure closure = of({"main.py", "main.py"});
  ASSERT_EQ(::chdir(before), 0);
  EXPECT_EQ(closure.program.argv, (std::vector<std::string>{"/usr/bin/python3", "/app/main.py", "main.py"}));
  EXPECT_TRUE(packs(closure, "/app/util.py"));
}

TEST_F(Gather, CyclicImportsAndThousandsOfImportsEnd) {
  directory_.write("proj/a.py", "import b");
  directory_.write("proj/b.py", "import a, main");
  std::string many;
  for (int i = 0; i < 3000; ++i) many += "import x" + std::to_string(i) + "\n";
  const Closure closure = closed("import a\n" + many);
  EXPECT_TRUE(packs(closure, inner("b.py")));
  EXPECT_LE(closure.notes.size(), 20U);
}

}  // namespace
}  // namespace immure::plan
