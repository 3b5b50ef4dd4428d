#include "plan/profile_words.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "../file/temp_dir.hpp"
#include "plan/profile.hpp"

namespace immure::plan {
namespace {

using Kind = ProfileDifference::Kind;

/// `+name: value`, `-name: value` or `name: first -> second`, line by line.
std::string compared(const Profile& first, const Profile& second) {
  const auto differences = compare_profiles(first, second);
  EXPECT_TRUE(differences) << (differences ? "" : to_text(differences.error()));
  std::string text;
  if (!differences) return text;
  for (const ProfileDifference& one : *differences) {
    const std::string value = one.first.value_or(one.second.value_or(""));
    text += one.first && one.second ? one.name + ": " + *one.first + " -> " + *one.second
                                    : (one.first ? "-" : "+") + one.name + (value.empty() ? "" : ": " + value);
    text += "\n";
  }
  return text;
}

Profile parsed(const std::string& text) {
  auto profile = parse_profile(text, "own.toml");
  EXPECT_TRUE(profile) << (profile ? "" : to_text(profile.error()));
  return profile ? *profile : Profile{};
}

// The end of the list of flags that mmap may have.
const std::string kFlags =
    "MAP_32BIT|MAP_DENYWRITE|MAP_EXECUTABLE|MAP_NORESERVE|MAP_POPULATE|MAP_NONBLOCK|MAP_STACK|MAP_FIXED_NOREPLACE\n";

TEST(ProfileWords, TwoEqualProfilesDifferInNothing) {
  for (const char* name : {"static", "dynamic", "python", "jit", "inspect"})
    EXPECT_EQ(compared(*builtin_profile(name), *builtin_profile(name)), "") << name;
  EXPECT_EQ(compared(parsed("base = \"python\""), *builtin_profile("python")), "");
}

TEST(ProfileWords, GroupsAndCallsOfOneProfileAlone) {
  const std::string group = "image code: Map code from files of the image, never writable at the same time.\n";
  const std::string call =
      "mmap if prot all_of PROT_EXEC and prot none_of PROT_WRITE and flags only_of MAP_SHARED|MAP_PRIVATE|MAP_FIXED|" +
      kFlags;
  EXPECT_EQ(compared(*builtin_profile("static"), *builtin_profile("python")), "+" + group + "+" + call);
  EXPECT_EQ(compared(*builtin_profile("python"), *builtin_profile("static")), "-" + group + "-" + call);
  EXPECT_EQ(compared(*builtin_profile("python"), *builtin_profile("dynamic")), "");
}

TEST(ProfileWords, LimitsAndKeysByTheirNames) {
  const Profile own = parsed(
      "base = \"python\"\nunsafe_syscalls = [\"mlockall\"]\n[limits]\nmemory = \"512MiB\"\nwall = \"1500ms\"\ncpu = "
      "\"2m\"\n"
      "[environment]\nA = \"b\"\n[image]\ninclude = [\"/usr/share/zoneinfo\"]\n");
  EXPECT_EQ(compared(*builtin_profile("python"), own),
            "+mlockall\n"
            "cpu: 300s -> 120s\n"
            "memory: 2GiB -> 512MiB\n"
            "wall: 300s -> 1500ms\n"
            "+environment.A: b\n"
            "+image.include /usr/share/zoneinfo: packed\n"
            "+unsafe_syscalls mlockall: allowed\n");
}

TEST(ProfileWords, ACallThatIsAllowedAnywayHasNoConditionsLeft) {
  const std::string text =
      compared(*builtin_profile("static"), parsed("base = \"static\"\nunsafe_writable_code = true"));
  EXPECT_EQ(text,
            "+mmap\n-mmap if prot none_of PROT_EXEC and flags only_of MAP_SHARED|MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS|" +
                kFlags + "+mprotect\n-mprotect if prot none_of PROT_EXEC\n+unsafe_writable_code: true\n");
}

TEST(ProfileWords, AFilterOfItsOwnHasNoGroups) {
  const test::TempDir dir;
  const std::string path =
      dir.write("own.json",
                R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"},
          {"names": ["ioctl"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 7, "op": "SCMP_CMP_EQ"}]}]})");
  Profile own = *builtin_profile("static");
  own.unsafe_seccomp_file = path;
  const std::string text = compared(*builtin_profile("static"), own);
  EXPECT_NE(text.find("-files: Read and write files"), std::string::npos) << text;
  EXPECT_NE(text.find("+ioctl if its arguments are as in " + path), std::string::npos) << text;
  EXPECT_EQ(text.find("-read\n"), std::string::npos) << text;
  EXPECT_NE(text.find("-write\n"), std::string::npos) << text;
  own.unsafe_seccomp_file = path + ".gone";
  EXPECT_FALSE(compare_profiles(own, own));
}

TEST(ProfileWords, EveryGroupIsToldWithItsReasonsAndWithoutMasks) {
  const auto text = groups_text("dynamic");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->find("files: Read and write files; open, create, rename and remove them by path.\n  read, write,"),
            0U);
  EXPECT_NE(text->find("\n  openat2 denied with ENOSYS\n    The mode of openat2 lies behind a pointer"),
            std::string::npos);
  EXPECT_NE(text->find("\n  flock feigned"), std::string::npos);
  EXPECT_EQ(text->find("inner walls"), std::string::npos);
  EXPECT_EQ(text->find("42949"), std::string::npos);
  EXPECT_FALSE(groups_text("strict"));
}

}  // namespace
}  // namespace immure::plan
