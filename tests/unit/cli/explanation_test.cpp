#include "cli/explain/explanation.hpp"

#include <cerrno>
#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "plan/filter/bpf_eval.hpp"
#include "plan/filter/filter.hpp"
#include "plan/profile.hpp"
#include "sys/syscall.hpp"

namespace immure::cli {
namespace {

using attest::Explanation;
using attest::Obstacle;

Obstacle denied(std::uint32_t number, std::string detail, std::uint64_t last, int answer = EPERM) {
  return {.number = number,
          .answer = answer,
          .detail = std::move(detail),
          .count = 1,
          .last = last,
          .doer = {.number = 3, .name = "sh", .is_program = true}};
}
Obstacle missing(std::string path, std::uint64_t last) {
  return {.kind = Obstacle::Kind::kLookup, .detail = std::move(path), .count = 1, .last = last, .doer = {.name = "sh"}};
}
Obstacle written(std::string_view what, std::string path, std::uint64_t last) {
  return {.kind = Obstacle::Kind::kWrite,
          .what = what,
          .detail = std::move(path),
          .count = 2,
          .last = last,
          .doer = {.name = "sh"}};
}
Obstacle a_socket(std::uint64_t family, std::uint64_t last) {
  Obstacle obstacle = denied(__NR_socket, "a socket", last);
  obstacle.arguments = {family, SOCK_STREAM};
  return obstacle;
}
Obstacle a_pair(std::uint64_t last) {
  Obstacle obstacle = denied(__NR_socketpair, "AF_UNIX, SOCK_STREAM", last);
  obstacle.arguments = {AF_UNIX, SOCK_STREAM};
  return obstacle;
}

OnHost on_host(const std::string& path) {
  if (path == "/tmp" || path == "/usr/lib/python3/dist-packages") return OnHost::kDirectory;
  if (path == "/usr/bin/id") return OnHost::kProgram;
  return path.starts_with("/usr/share") || path.starts_with("/home/me") || path == "/etc/ld.so.cache"
             ? OnHost::kFile
             : OnHost::kNothing;
}

std::vector<Finding> find(std::vector<Obstacle> obstacles, bool failed = true) {
  return findings_of({.obstacles = std::move(obstacles)}, {.profile = plan::builtin_profile("dynamic").value(),
                                                           .failed = failed,
                                                           .input_path = "/home/me/drop",
                                                           .on_host = on_host})
      .value();
}

TEST(Findings, TheLastRefusalOfAProgramThatFailedIsFirst) {
  const auto found = find({denied(__NR_execve, "/bin/a", 1), written("scratch", "/tmp/a", 9), a_socket(AF_INET, 5)});
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].what, "write /tmp/a");
  EXPECT_TRUE(found[0].ended_after);
  EXPECT_FALSE(found[1].ended_after);
  EXPECT_EQ(found[1].test, 25);
  EXPECT_EQ(found[2].test, 33);
}

TEST(Findings, WithoutAFailureARefusedExecIsBeforeAWrite) {
  const auto found = find({written("scratch", "/tmp/a", 9), denied(__NR_execve, "/bin/a", 1)}, false);
  EXPECT_EQ(found[0].what, "execve (/bin/a)");
  EXPECT_FALSE(found[0].ended_after);
  EXPECT_EQ(found[0].help, Help::kExec);
  EXPECT_EQ(found[0].option, "--exec a");
  EXPECT_TRUE(found[0].remedy.contains("build"));
}

TEST(Findings, NoOptionLetsAProgramExecuteWhatIsNotInTheImage) {
  for (const char* path : {"/in/a", "/out/a", "/tmp/a", "./a", "/proc/self/fd/3"}) {
    const auto found = find({denied(__NR_execve, path, 1)});
    EXPECT_EQ(found[0].help, Help::kNothing) << path;
    EXPECT_TRUE(found[0].remedy.contains("Nothing will")) << path;
  }
  EXPECT_EQ(find({denied(__NR_execve, "/opt/a/tool", 1)})[0].option, "--exec /opt/a/tool");
}

TEST(Findings, WhatProgramsDoWithoutIsNotTheCulprit) {
  const auto found = find({missing("/usr/share/locale/de/LC_MESSAGES/a.mo", 20), missing("/nowhere/else", 19),
                           a_socket(AF_UNIX, 18), denied(__NR_clone3, "", 21, ENOSYS), missing("/usr/share/data", 2)});
  EXPECT_EQ(found[0].what, "look for /usr/share/data");
  EXPECT_EQ(found[0].option, "--include /usr/share/data");
  EXPECT_TRUE(found[0].ended_after);
  EXPECT_LT(found.back().weight, kWorthSeeing);
}

TEST(Findings, AMissingFileIsTheCulpritIfNothingElseIs) {
  const auto found = find({missing("/etc/ld.so.cache", 1), missing("/in/typo", 5), missing("/nowhere/else", 3)});
  EXPECT_EQ(found[0].what, "look for /in/typo");
  EXPECT_TRUE(found[0].ended_after);
}

TEST(Findings, KnowWhereAFileIsInTheCell) {
  EXPECT_TRUE(find({missing("/home/me/drop/a", 1)})[0].remedy.contains("Name it /in/a."));
  EXPECT_TRUE(find({missing("/home/me/other", 1)})[0].remedy.contains("Put it into the input"));
  EXPECT_EQ(find({missing("/home/me/other", 1)})[0].option, "");
  const auto program = find({missing("/usr/bin/id", 1)});
  EXPECT_EQ(program[0].test, 33);
  EXPECT_EQ(program[0].option, "--exec id");
}

TEST(Findings, TheFileOfARefusedExecIsNoFindingOfItsOwn) {
  const auto found = find({denied(__NR_execve, "/usr/share/tool", 1), missing("/usr/share/tool", 2)});
  EXPECT_EQ(found[0].test, 33);
  EXPECT_TRUE(found[0].ended_after);
  EXPECT_LT(found[1].weight, kWorthSeeing);
}

TEST(Findings, NameTheOptionThatHelps) {
  EXPECT_EQ(find({a_pair(1)})[0].option, "--socket-pairs");
  Obstacle code = denied(__NR_mprotect, "PROT_WRITE|PROT_EXEC", 1);
  code.arguments = {0, 4096, 6};
  EXPECT_EQ(find({code})[0].option, "--profile jit");
  const auto call = find({denied(__NR_msync, "", 1)});
  EXPECT_EQ(call[0].help, Help::kCall);
  EXPECT_EQ(call[0].value, "msync");
  EXPECT_TRUE(find({denied(1000, "", 1)})[0].remedy.contains("Nothing will"));
}

// Whatever call is refused: if explain recommends a profile with the call, such a profile is accepted, has the call,
// and no wall behind the filter takes the call back.
TEST(Findings, RecommendOnlyCallsThatAProfileGives) {
  std::set<std::string> recommended;
  for (std::uint32_t number = 0; number < 600; ++number) {
    const auto found = find({denied(number, "/out/x", 1)});
    const Finding& finding = found.at(0);
    if (finding.help != Help::kCall) {
      EXPECT_EQ(finding.remedy.contains("unsafe_syscalls"), false) << finding.what;
      continue;
    }
    recommended.insert(finding.value);
    const auto profile = plan::parse_profile("unsafe_syscalls = [\"" + finding.value + "\"]", "need.toml");
    ASSERT_TRUE(profile) << to_text(profile.error());
    const auto filter = plan::filter_for(*profile);
    ASSERT_TRUE(filter) << to_text(filter.error());
    EXPECT_EQ(plan::evaluate(filter->instructions, {.number = number, .architecture = plan::kNativeArch}),
              plan::kRetAllow)
        << finding.value;
  }
  EXPECT_TRUE(recommended.contains("msync"));
  EXPECT_FALSE(recommended.contains("symlink") || recommended.contains("symlinkat"));
}

TEST(Findings, ACallThatAWallBehindTheFilterDeniesIsABoundary) {
  const auto found = find({denied(__NR_symlinkat, "/out/link", 1)});
  EXPECT_EQ(found[0].test, 29);
  EXPECT_EQ(found[0].help, Help::kNothing);
  EXPECT_TRUE(found[0].remedy.contains("Nothing will"));
}

Obstacle new_file(std::string_view what, std::string path, std::uint64_t last) {
  Obstacle obstacle = written(what, std::move(path), last);
  obstacle.is_new = true;
  return obstacle;
}

TEST(Findings, TemporaryFilesAreTheCulpritOfASearchForAPlace) {
  const auto found = find({missing("/usr/lib/python3/dist-packages", 1), new_file("scratch", "/tmp/a1", 2),
                           new_file("scratch", "/var/tmp/a2", 3), new_file("elsewhere", "/usr/tmp/a3", 4),
                           new_file("elsewhere", "/a4", 5)});
  EXPECT_EQ(found[0].option, "--tmp 256MiB");
  EXPECT_TRUE(found[0].ended_after);
  EXPECT_EQ(found[1].option, "--tmp 256MiB");
  for (std::size_t i = 2; i < found.size(); ++i) EXPECT_LT(found[i].weight, kWorthSeeing) << found[i].what;
  const auto text = profile_text(found, plan::builtin_profile("python").value(), "python3");
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->contains("scratch"));
  EXPECT_FALSE(text->contains("include")) << *text;
  // A program that merely looks whether the directory is there.
  const auto looked = find({missing("/tmp", 1), new_file("elsewhere", "/a4", 5)});
  EXPECT_EQ(looked[0].option, "--tmp 256MiB");
  EXPECT_TRUE(looked[0].ended_after);
}

TEST(Findings, ADirectoryThatIsOnlyLookedForIsNamedIfNothingElseExplainsTheFailure) {
  const std::string directory = "/usr/lib/python3/dist-packages";
  EXPECT_EQ(find({missing(directory, 1)})[0].option, "--include " + directory);
  EXPECT_GE(find({missing(directory, 1)})[0].weight, kWorthSeeing);
  EXPECT_LT(find({missing(directory, 1)}, false)[0].weight, kWorthSeeing);
  EXPECT_LT(find({missing(directory, 1), missing("/usr/share/data", 2)})[1].weight, kWorthSeeing);
}

TEST(Findings, AnEarlierPlaceOfASearchThatSucceededIsNoCulprit) {
  Obstacle earlier = missing("/usr/share/local/data", 9);
  earlier.found_later = true;
  const auto found = find({earlier, missing("/in/typo", 5)});
  EXPECT_EQ(found[0].what, "look for /in/typo");
  EXPECT_EQ(found[1].option, "");
  EXPECT_LT(found[1].weight, kWorthSeeing);
}

TEST(Findings, AWriteInTheWorkingDirectoryGetsAnotherWorkingDirectory) {
  Obstacle obstacle = written("elsewhere", "/a", 1);
  EXPECT_EQ(find({obstacle})[0].test, 28);
  obstacle.from_workdir = true;
  const auto found = find({obstacle});
  EXPECT_EQ(found[0].option, "--workdir /out");
  EXPECT_EQ(found[0].test, 0);
}

TEST(Findings, ANameOfAStandardStreamGetsAnotherWayToUseTheStream) {
  const auto found = find({missing("/dev/stdout", 1), written("device", "/dev/stdout", 2)});
  EXPECT_EQ(found[0].what, "make or replace /dev/stdout");
  EXPECT_TRUE(found[0].remedy.contains("--stdout FILE")) << found[0].remedy;
  EXPECT_FALSE(found[0].remedy.contains("boundary"));
  EXPECT_LT(found[1].weight, kWorthSeeing);
  EXPECT_TRUE(find({missing("/dev/stdin", 1)})[0].remedy.contains("--stdin FILE"));
  EXPECT_TRUE(find({missing("/proc/self/fd/0", 1)})[0].remedy.contains("--stdin FILE"));
  EXPECT_TRUE(find({missing("/dev/sda", 1)})[0].remedy.contains("Nothing will"));
}

TEST(Findings, WhatManyProgramsSurviveIsTheCulpritOnlyIfItWasLast) {
  const auto survived = find({missing("/proc/mounts", 1), a_socket(AF_UNIX, 2), missing("/in/typo", 3)});
  EXPECT_EQ(survived[0].what, "look for /in/typo");
  EXPECT_LT(survived[1].weight, kWorthSeeing);
  EXPECT_LT(survived[2].weight, kWorthSeeing);
  EXPECT_EQ(find({missing("/in/typo", 3), a_socket(AF_UNIX, 4)})[0].what, "socket (a socket)");
}

TEST(ExplanationText, NamesWhatIsHarmlessInOneLine) {
  const std::string text =
      explanation_text(find({missing("/proc/mounts", 1), a_socket(AF_UNIX, 2)}, false),
                       {.sentence = "ls ended with exit code 0", .end = "exited", .exit_code = 0, .failed = false});
  EXPECT_EQ(text,
            "ls ended with exit code 0. The cell refused it nothing that matters.\n\n"
            "Also refused or missing, and harmless here: socket (a socket), look for\n"
            "/proc/mounts. --json lists everything.\n");
}

TEST(ExplanationText, HasEightyColumns) {
  std::vector<Obstacle> obstacles;
  for (std::uint64_t i = 0; i < 60; ++i) obstacles.push_back(denied(__NR_ioctl, "request " + std::to_string(i), i));
  for (std::uint64_t i = 0; i < 60; ++i) obstacles.push_back(written("scratch", "/tmp/" + std::to_string(i), 100 + i));
  const std::string text = explanation_text(
      find(std::move(obstacles)),
      {.sentence = "sh ended with exit code 1", .end = "exited", .exit_code = 1, .failed = true, .uncounted = 7});
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
  EXPECT_TRUE(text.contains("More that are like these: 100."));
  EXPECT_TRUE(text.contains("to be listed: 7."));
  EXPECT_TRUE(text.contains("add: --tmp 256MiB"));
}

TEST(ExplanationText, SaysThatNothingMattered) {
  const std::string text = explanation_text(
      {},
      {.sentence = "sort ended with exit code 0", .end = "exited", .exit_code = 0, .failed = false, .uncounted = 0});
  EXPECT_EQ(text, "sort ended with exit code 0. The cell refused it nothing that matters.\n");
}

TEST(ProfileText, IsAProfileThatGivesWhatCanBeGiven) {
  plan::Profile had = plan::builtin_profile("dynamic").value();
  had.limits.wall_ms = 1000;
  had.environment = {{"LANG",
                      "d\xc3\xa9"
                      "\n\"\\"}};
  had.image_include = {"/usr/share/old"};
  const auto found = find({written("scratch", "/tmp/\xc3\xa9", 1), written("read-back", "/out/a", 2), a_pair(3),
                           denied(__NR_msync, "", 4), missing("/usr/share/n\xc3\xa9w", 5),
                           denied(__NR_execve, "/usr/bin/id", 6), missing("/nowhere", 7)});
  const auto text = profile_text(found, had, "sh -c 'a\nb'");
  ASSERT_TRUE(text);
  const auto read = plan::parse_profile(*text, "need.toml");
  ASSERT_TRUE(read) << to_text(read.error()) << *text;
  EXPECT_EQ(read->base, "dynamic");
  EXPECT_EQ(read->scratch_bytes, 256U << 20);
  EXPECT_TRUE(read->read_back);
  EXPECT_TRUE(read->socket_pairs);
  EXPECT_EQ(read->unsafe_syscalls, std::vector<std::string>{"msync"});
  // A profile that changes what a run claims is for people to decide.
  EXPECT_TRUE(read->unsafe_exec.empty());
  EXPECT_TRUE(text->contains("# unsafe_exec = [\"id\"]\n")) << *text;
  EXPECT_EQ(read->image_include, (std::vector<std::string>{"/usr/share/n\xc3\xa9w", "/usr/share/old"}));
  EXPECT_EQ(read->limits.wall_ms, 1000U);
  EXPECT_EQ(read->limits.memory_bytes, had.limits.memory_bytes);
  EXPECT_EQ(read->environment, had.environment);
}

TEST(ProfileText, IsTheBaseAloneIfNothingCanBeGiven) {
  const auto text =
      profile_text(find({denied(__NR_execve, "/usr/bin/id", 6)}), plan::builtin_profile("python").value(), "a");
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->contains("base = \"python\"\n# The program could not start")) << *text;
}

}  // namespace
}  // namespace immure::cli
