/// Runs the real program on the bare host, where it must refuse to work.
#include <sys/wait.h>

#include "drop.hpp"

namespace immure::inspect::test {
namespace {

class BareHost : public Drop {
 protected:
  struct Ran {
    int code;
    std::string output;
  };
  static Ran program(const std::string& arguments, const std::string& before = {}) {
    FILE* pipe = ::popen((before + IMMURE_INSPECT " " + arguments + " 2>&1").c_str(), "r");
    std::string output;
    char block[4096];
    for (std::size_t count = 0; (count = std::fread(block, 1, sizeof block, pipe)) > 0;) output.append(block, count);
    const int status = ::pclose(pipe);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
  }
  std::string directories() { return "--in " + in().string() + " --out " + out().string(); }
};

TEST_F(BareHost, StartIsBlockedAndNothingIsReadOrWritten) {
  put("a.txt", "x");
  const auto [code, output] = program(directories());
  EXPECT_EQ(code, 3);
  EXPECT_TRUE(output.starts_with("BLOCKED: network: ")) << output;
  EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 1);
  EXPECT_TRUE(std::filesystem::is_empty(out()));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(in()), {}), 1);
}

TEST_F(BareHost, NoFlagAndNoVariableTurnsItOff) {
  const std::string claims = "env -i IMMURE_CELL=1 IMMURE=1 container=podman IMMURE_GUARD=off ";
  EXPECT_EQ(program(directories() + " --fail-on low --limit findings=1 --workers 1", claims).code, 3);
  for (const char* flag : {"--force", "--no-guard", "--unsafe", "--skip-p1", "--yes"}) {
    EXPECT_EQ(program(directories() + " " + flag).code, 64) << flag;
  }
  EXPECT_TRUE(std::filesystem::is_empty(out()));
}

TEST_F(BareHost, HelpVersionAndRulesNeedNoCell) {
  EXPECT_EQ(program("--help").code, 0);
  EXPECT_EQ(program("--version").output, "immure-inspect " IMMURE_VERSION "\n");
  const auto [code, output] = program("--list-rules");
  EXPECT_EQ(code, 0);
  EXPECT_NE(output.find("archive.traversal\thigh\t"), std::string::npos);
  EXPECT_NE(output.find("yara.eicar_test_file\tcritical\t"), std::string::npos);
}

TEST_F(BareHost, WrongUsageIsNamed) {
  for (const char* arguments : {"--nonsense", "--in", "--in relative", "--fail-on loud", "--limit findings=0",
                                "--limit x=1", "--workers 0", "--help=1", "stray"}) {
    const auto [code, output] = program(arguments);
    EXPECT_EQ(code, 64) << arguments;
    EXPECT_NE(output.find("See immure-inspect --help."), std::string::npos) << arguments;
  }
}

}  // namespace
}  // namespace immure::inspect::test
