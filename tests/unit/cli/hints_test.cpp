#include "cli/run/hints.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace immure::cli {
namespace {

namespace fs = std::filesystem;

class Hints : public testing::Test {
 protected:
  Hints() {
    std::string name = (fs::temp_directory_path() / "hints-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw fs::filesystem_error("mkdtemp", name, std::error_code(errno, std::generic_category()));
    root_ = fs::canonical(name);
    fs::create_directories(root_ / "image/usr/bin");
    fs::create_directories(root_ / "drop/deep");
    facts_ = {.program = "/usr/bin/python3",
              .operands = {},
              .image = root_ / "image",
              .input_name = "drop",
              .input_path = root_ / "drop"};
  }
  ~Hints() override {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  Hints(const Hints&) = delete;
  Hints& operator=(const Hints&) = delete;

  std::string file(const std::string& name, const std::string& text = "x") {
    const fs::path path = root_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path;
  }

  std::vector<std::string> for_operand(const std::string& operand, int exit_code = 2) {
    facts_.operands = {operand};
    return end_hints(facts_, exit_code);
  }

  fs::path root_;
  HintFacts facts_;
};

TEST_F(Hints, ANameOfAStreamOrADeviceIsNoFileForTheInput) {
  const auto hints = for_operand("/dev/stdin");
  for (const std::string& hint : hints) {
    EXPECT_TRUE(hint.contains("--stdin FILE")) << hint;
    EXPECT_FALSE(hint.contains("/in/stdin")) << hint;
  }
  EXPECT_EQ(hints.size(), 1U);
  EXPECT_EQ(for_operand("/dev/stdout"), std::vector<std::string>{});
  EXPECT_EQ(for_operand("/proc/self/status"), std::vector<std::string>{});
}

TEST_F(Hints, AProgramThatCannotWriteWhereItStartsGetsAnotherPlace) {
  EXPECT_EQ(for_operand("-x"), std::vector<std::string>{});
  facts_.refused_in_workdir = true;
  const auto hints = for_operand("-x");
  ASSERT_EQ(hints.size(), 1U);
  EXPECT_TRUE(hints[0].contains("--workdir /out")) << hints[0];
  EXPECT_EQ(for_operand("-x", 0), std::vector<std::string>{});
}

TEST_F(Hints, AFileOfTheHostAloneIsNamed) {
  const std::string script = file("script.py");
  EXPECT_EQ(for_operand(script),
            std::vector{"hint: " + script +
                        " is a file of this host, and the cell does not have it. Put the file into drop and "
                        "name it /in/script.py."});
}

TEST_F(Hints, AFileOfTheInputHasAnotherNameInTheCell) {
  const std::string data = file("drop/deep/a.txt");
  EXPECT_EQ(for_operand(data),
            std::vector{"hint: " + data + " lies in the input. In the cell its name is /in/deep/a.txt."});
}

TEST_F(Hints, NoHintIsGivenForFilesOfTheCell) {
  const std::string script = file("script.py");
  file("image" + script);
  EXPECT_TRUE(for_operand(script).empty());
  EXPECT_TRUE(for_operand("/in/script.py").empty());
  EXPECT_TRUE(for_operand("/in").empty());
  EXPECT_TRUE(for_operand("/out/../in/a").empty());
}

TEST_F(Hints, NoHintIsGivenForOptionsDirectoriesAndMissingFiles) {
  EXPECT_TRUE(for_operand("-c").empty());
  EXPECT_TRUE(for_operand(root_ / "drop").empty());
  EXPECT_TRUE(for_operand(root_ / "nothing").empty());
  EXPECT_TRUE(for_operand("").empty());
}

TEST_F(Hints, NoHintIsGivenForSuccess) { EXPECT_TRUE(for_operand(file("script.py"), 0).empty()); }

TEST_F(Hints, AFileThatIsNamedTwiceGetsOneLine) {
  const std::string script = file("script.py");
  facts_.operands = {script, script};
  EXPECT_EQ(end_hints(facts_, 1).size(), 1U);
}

TEST_F(Hints, AShellThatFindsNoProgramGetsTheReason) {
  for (const std::string shell : {"/usr/bin/dash", "/bin/bash"}) {
    facts_.program = shell;
    for (const int code : {126, 127}) {
      const auto hints = for_operand("-c", code);
      ASSERT_EQ(hints.size(), 1U) << shell << code;
      EXPECT_NE(hints[0].find("no programs but those that --exec names"), std::string::npos);
    }
    EXPECT_TRUE(for_operand("-c", 1).empty());
  }
  facts_.has_helpers = true;
  EXPECT_NE(for_operand("-c", 126).at(0).find("those alone that --exec names"), std::string::npos);
  facts_.is_shim = true;
  EXPECT_TRUE(for_operand("-c", 127).empty());
  facts_.is_shim = false;
  facts_.program = "/usr/bin/python3";
  EXPECT_TRUE(for_operand("-c", 127).empty());
}

TEST_F(Hints, AShimOfPyenvNamesTheProgramBehindIt) {
  const std::string real = file(".pyenv/versions/3.12.1/bin/python3");
  const std::string shim =
      file(".pyenv/shims/python3",
           "#!/usr/bin/env bash\nset -e\nprogram=\"${0##*/}\"\nexport PYENV_ROOT=\"/home/me/.pyenv\"\n"
           "exec \"/home/me/.pyenv/libexec/pyenv\" exec \"$program\" \"$@\"\n");
  const auto hint = shim_hint(shim);
  ASSERT_TRUE(hint);
  EXPECT_NE(hint->find("is a shim of pyenv"), std::string::npos) << *hint;
  EXPECT_TRUE(hint->ends_with("Start the other program by its path: " + real + ".")) << *hint;
  file(".pyenv/versions/3.9.1/bin/python3");
  EXPECT_NE(shim_hint(shim)->find(real + ", "), std::string::npos);
  file(".pyenv/version", "3.12.1\n");
  EXPECT_TRUE(shim_hint(shim)->ends_with("by its path: " + real + "."));
}

TEST_F(Hints, TheProgramBehindAShimIsKnownIfNothingElseChoosesIt) {
  const std::string real = file(".pyenv/versions/3.12.1/bin/python3");
  const std::string shim = file(".pyenv/shims/python3",
                                "#!/usr/bin/env bash\nprogram=\"${0##*/}\"\n"
                                "exec \"/home/me/.pyenv/libexec/pyenv\" exec \"$program\" \"$@\"\n");
  ::unsetenv("PYENV_VERSION");
  const fs::path before = fs::current_path();
  fs::create_directories(root_ / "work/below");
  fs::current_path(root_ / "work/below");
  EXPECT_EQ(program_behind_shim(shim), real);
  file("work/.python-version", "3.9.1\n");
  EXPECT_FALSE(program_behind_shim(shim));
  fs::current_path(before);
  EXPECT_EQ(program_behind_shim(shim), real);
  ::setenv("PYENV_VERSION", "3.12.1", 1);
  EXPECT_FALSE(program_behind_shim(shim));
  ::unsetenv("PYENV_VERSION");
  file(".pyenv/versions/3.9.1/bin/python3");
  EXPECT_FALSE(program_behind_shim(shim));
  file(".pyenv/version", "3.12.1\n");
  EXPECT_EQ(program_behind_shim(shim), real);
  EXPECT_FALSE(program_behind_shim(real));
}

TEST_F(Hints, AShimOfAsdfNamesTheProgramBehindIt) {
  const std::string real = file(".asdf/installs/nodejs/20.0.0/bin/node");
  const std::string shim =
      file(".asdf/shims/node", "#!/usr/bin/env bash\nexec /home/me/.asdf/bin/asdf exec \"node\" \"$@\"\n");
  const auto hint = shim_hint(shim);
  ASSERT_TRUE(hint);
  EXPECT_TRUE(hint->ends_with(": " + real + ".")) << *hint;
}

TEST_F(Hints, AShimOfMiseIsALinkToIt) {
  const std::string mise = file("bin/mise");
  fs::create_directories(root_ / "mise/shims");
  fs::create_symlink(mise, root_ / "mise/shims/ruby");
  const auto hint = shim_hint(root_ / "mise/shims/ruby");
  ASSERT_TRUE(hint);
  EXPECT_TRUE(hint->ends_with("`mise which ruby` prints it.")) << *hint;
}

TEST_F(Hints, OtherProgramsAreNoShims) {
  EXPECT_FALSE(shim_hint(file("bin/python3", "#!/bin/sh\nexec \"/home/me/.pyenv/libexec/pyenv\" exec \"$@\"\n")));
  EXPECT_FALSE(shim_hint(file("shims/tool", "#!/bin/sh\necho no shim\n")));
  EXPECT_FALSE(shim_hint(root_ / "shims/nothing"));
}

}  // namespace
}  // namespace immure::cli
