#include "plan/profile.hpp"

#include <gtest/gtest.h>

#include "../file/temp_dir.hpp"
#include "file/io.hpp"
#include "file/sha256.hpp"

namespace immure::plan {
namespace {

void expect_refused(const std::string& text, const std::string& where, const std::string& what) {
  const auto profile = parse_profile(text, "dir/own.toml");
  ASSERT_FALSE(profile) << text;
  EXPECT_EQ(profile.error().code, Code::kBadInput) << text;
  EXPECT_EQ(profile.error().where, where) << text;
  EXPECT_NE(profile.error().what.find(what), std::string::npos) << text << ": " << profile.error().what;
}

Profile accepted(const std::string& text) {
  auto profile = parse_profile(text, "dir/own.toml");
  EXPECT_TRUE(profile) << (profile ? "" : to_text(profile.error()));
  return profile ? *profile : Profile{};
}

TEST(BuiltinProfile, IsWhatItsTomlSays) {
  for (const std::string name : {"static", "dynamic", "python", "jit", "inspect"}) {
    const auto built_in = builtin_profile(name);
    const auto text = profile_toml(name);
    ASSERT_TRUE(built_in && text) << name;
    const auto parsed = parse_profile(*text, name + ".toml");
    ASSERT_TRUE(parsed) << to_text(parsed.error());
    EXPECT_EQ(parsed->name, built_in->name);
    EXPECT_EQ(parsed->base, built_in->base);
    EXPECT_EQ(parsed->unsafe_keys(), built_in->unsafe_keys());
    EXPECT_EQ(parsed->environment, built_in->environment);
    EXPECT_EQ(parsed->image_include, built_in->image_include);
    EXPECT_EQ(parsed->limits.memory_bytes, built_in->limits.memory_bytes);
    EXPECT_EQ(parsed->limits.processes, built_in->limits.processes);
    EXPECT_EQ(parsed->limits.files, built_in->limits.files);
    EXPECT_EQ(parsed->limits.output_bytes, built_in->limits.output_bytes);
    EXPECT_EQ(parsed->limits.output_files, built_in->limits.output_files);
    EXPECT_EQ(parsed->limits.wall_ms, built_in->limits.wall_ms);
    EXPECT_EQ(parsed->limits.cpu_s, built_in->limits.cpu_s);
    EXPECT_EQ(parsed->source_sha256, built_in->source_sha256);
  }
}

TEST(BuiltinProfile, OnlyJitWidens) {
  for (const auto* name : {"static", "dynamic", "python", "inspect"})
    EXPECT_TRUE(builtin_profile(name)->unsafe_keys().empty());
  EXPECT_EQ(builtin_profile("jit")->unsafe_keys(), std::vector<std::string>{"unsafe_writable_code"});
}

TEST(BuiltinProfile, UnknownNameNamesTheFour) {
  const auto profile = builtin_profile("strict");
  ASSERT_FALSE(profile);
  EXPECT_EQ(profile.error().code, Code::kUsage);
  EXPECT_NE(profile.error().hint.find("static, dynamic, python or jit"), std::string::npos);
}

TEST(ProfileFile, EmptyIsTheDefault) {
  const Profile profile = accepted("");
  EXPECT_EQ(profile.name, "own");
  EXPECT_EQ(profile.base, "dynamic");
  EXPECT_EQ(profile.limits.wall_ms, 300'000U);
  EXPECT_EQ(profile.source_sha256, file::sha256_hex(""));
}

TEST(ProfileFile, SetsEveryKey) {
  const Profile profile = accepted(R"(base = "python"
unsafe_syscalls = ["mlockall", "epoll_create1"]
unsafe_writable_code = true
unsafe_seccomp = "own.json"
[limits]
memory = "512MiB"
processes = 16
files = 8
output_bytes = "4096B"
output_files = 7
wall = "1500ms"
cpu = "2m"
[environment]
LC_ALL = "C.UTF-8"
EMPTY = ""
[image]
include = ["/usr/share/zoneinfo"]
)");
  EXPECT_EQ(profile.base, "python");
  EXPECT_EQ(profile.limits.memory_bytes, 512ULL << 20);
  EXPECT_EQ(profile.limits.processes, 16U);
  EXPECT_EQ(profile.limits.files, 8U);
  EXPECT_EQ(profile.limits.output_bytes, 4096U);
  EXPECT_EQ(profile.limits.output_files, 7U);
  EXPECT_EQ(profile.limits.wall_ms, 1500U);
  EXPECT_EQ(profile.limits.cpu_s, 120U);
  EXPECT_EQ(profile.environment, (std::map<std::string, std::string>{{"EMPTY", ""}, {"LC_ALL", "C.UTF-8"}}));
  EXPECT_EQ(profile.image_include, std::vector<std::string>{"/usr/share/zoneinfo"});
  EXPECT_EQ(profile.unsafe_syscalls, (std::vector<std::string>{"epoll_create1", "mlockall"}));
  EXPECT_EQ(profile.unsafe_seccomp_file, "dir/own.json");
  EXPECT_EQ(profile.unsafe_keys(),
            (std::vector<std::string>{"unsafe_seccomp", "unsafe_syscalls", "unsafe_writable_code"}));
}

TEST(ProfileFile, SaysWhatTheProgramIsGiven) {
  EXPECT_EQ(accepted("").gifts(), probe::kNothing);
  EXPECT_EQ(accepted("output = \"write-only\"\nsocket_pairs = false").gifts(), probe::kNothing);
  const Profile profile = accepted("scratch = \"256MiB\"\noutput = \"private\"\nsocket_pairs = true");
  EXPECT_EQ(profile.scratch_bytes, 256U << 20);
  EXPECT_EQ(profile.gifts(), probe::kScratch | probe::kReadBack | probe::kSocketPairs);
  EXPECT_TRUE(profile.unsafe_keys().empty());
}

TEST(ProfileFile, JitBringsWhatItStandsFor) {
  EXPECT_TRUE(accepted("base = \"jit\"").unsafe_writable_code);
  EXPECT_TRUE(accepted("unsafe_writable_code = false\nbase = \"jit\"").unsafe_writable_code);
  EXPECT_TRUE(accepted("base = \"jit\"\nunsafe_writable_code = false").unsafe_writable_code);
  EXPECT_FALSE(accepted("unsafe_writable_code = false").unsafe_writable_code);
}

TEST(ProfileFile, NamesFileLineAndKeyOfEachFault) {
  expect_refused("base = ", "dir/own.toml:1", "");
  expect_refused("base = \"static\"\nbase = \"jit\"", "dir/own.toml:2", "");
  expect_refused("[!]", "dir/own.toml:1", "");
  expect_refused(std::string("[\0a]", 4), "dir/own.toml:1", "");
  expect_refused("\nprobe = false", "dir/own.toml:2:probe", "unknown key");
  expect_refused("gate = false", "dir/own.toml:1:gate", "unknown key");
  expect_refused("base = \"strict\"", "dir/own.toml:1:base", "must be static, dynamic, python or jit");
  expect_refused("base = 1", "dir/own.toml:1:base", "must be a text");
  expect_refused("limits = 1", "dir/own.toml:1:limits", "must be a table");
  expect_refused("[limits]\nmemroy = \"1GiB\"", "dir/own.toml:2:limits.memroy", "unknown key");
  expect_refused("[limits]\nmemory = 1", "dir/own.toml:2:limits.memory", "must be a size");
  expect_refused("[limits]\nmemory = \"1GB\"", "dir/own.toml:2:limits.memory", "must be a size");
  expect_refused("[limits]\nmemory = \"\"", "dir/own.toml:2:limits.memory", "must be a size");
  expect_refused("[limits]\nmemory = \"-1GiB\"", "dir/own.toml:2:limits.memory", "must be a size");
  expect_refused("[limits]\nmemory = \"99999999999TiB\"", "dir/own.toml:2:limits.memory", "must be a size");
  expect_refused("[limits]\nmemory = \"1B\"", "dir/own.toml:2:limits.memory", "out of range");
  expect_refused("[limits]\nprocesses = 15", "dir/own.toml:2:limits.processes", "out of range: 16 to 65536");
  expect_refused("[limits]\nprocesses = -1", "dir/own.toml:2:limits.processes", "whole number");
  expect_refused("[limits]\nprocesses = 1.5", "dir/own.toml:2:limits.processes", "whole number");
  expect_refused("[limits]\nfiles = 3", "dir/own.toml:2:limits.files", "out of range");
  expect_refused("[limits]\nwall = 300", "dir/own.toml:2:limits.wall", "must be a time");
  expect_refused("[limits]\nwall = \"300\"", "dir/own.toml:2:limits.wall", "must be a time");
  expect_refused("[limits]\nwall = \"8000000s\"", "dir/own.toml:2:limits.wall", "out of range");
  expect_refused("[limits]\ncpu = \"1500ms\"", "dir/own.toml:2:limits.cpu", "whole seconds");
  expect_refused("[environment]\n\"A=B\" = \"x\"", "dir/own.toml:2:environment.A=B", "not a variable's name");
  expect_refused("[environment]\n\"\" = \"x\"", "dir/own.toml:2:environment.", "not a variable's name");
  expect_refused("[environment]\nA = 1", "dir/own.toml:2:environment.A", "must be a text");
  expect_refused("[environment]\nA = \"a\\u0000b\"", "dir/own.toml:2:environment.A", "NUL");
  expect_refused("[image]\nexclude = []", "dir/own.toml:2:image.exclude", "unknown key");
  expect_refused("[image]\ninclude = \"/a\"", "dir/own.toml:2:image.include", "must be a list");
  expect_refused("[image]\ninclude = [1]", "dir/own.toml:2:image.include", "must be a text");
  expect_refused("[image]\ninclude = [\"a\"]", "dir/own.toml:2:image.include", "not an absolute path");
  expect_refused("unsafe_syscalls = \"a\"", "dir/own.toml:1:unsafe_syscalls", "must be a list");
  expect_refused("unsafe_syscalls = [\"bpf\"]", "dir/own.toml:1:unsafe_syscalls", "test #36");
  expect_refused("unsafe_syscalls = [\"sync\", \"flock\"]", "dir/own.toml:1:unsafe_syscalls", "names `flock`");
  expect_refused("unsafe_syscalls = [\"a\", \"a\"]", "dir/own.toml:1:unsafe_syscalls", "twice");
  expect_refused("unsafe_writable_code = 1", "dir/own.toml:1:unsafe_writable_code", "true or false");
  expect_refused("scratch = 1", "dir/own.toml:1:scratch", "must be a size");
  expect_refused("scratch = \"1KiB\"", "dir/own.toml:1:scratch", "out of range");
  expect_refused("output = \"readable\"", "dir/own.toml:1:output", "\"write-only\" or \"private\"");
  expect_refused("socket_pairs = \"yes\"", "dir/own.toml:1:socket_pairs", "true or false");
  expect_refused("unsafe_seccomp = true", "dir/own.toml:1:unsafe_seccomp", "must be a text");
}

TEST(ProfileFile, OtherScriptsStandInCommentLinesAndBehindEscapesOnly) {
  const Profile profile = accepted("# h\xe1\xbb\x93 s\xc6\xa1\n[environment]\n \t# \xc3\xa9\nA = \"\\u00e9\"\n");
  EXPECT_EQ(profile.environment.at("A"), "\xc3\xa9");
  for (const std::string bytes : {"\xc3\xa9", "\xef\xbb\xbb", "\xef\xbb\xbf", "\xe3\x80\x80", "\xff"}) {
    expect_refused("\n" + bytes + " = 1", "dir/own.toml:2", "not ASCII");
    expect_refused("base = 'jit' " + bytes, "dir/own.toml:1", "not ASCII");
    expect_refused("base = \"" + bytes + "\"", "dir/own.toml:1", "not ASCII");
    expect_refused("base = \"#\"" + bytes, "dir/own.toml:1", "not ASCII");
    expect_refused("base = \"\"\"\n#\\" + bytes + "\"\"\"", "dir/own.toml:2", "not ASCII");
  }
}

TEST(ProfileFile, HasNoKeyThatTurnsAWallOff) {
  for (const auto* key :
       {"probes", "unsafe_probes", "unsafe_network", "unsafe_gate", "network", "seccomp", "landlock", "verify"})
    EXPECT_FALSE(parse_profile(std::string(key) + " = false", "own.toml")) << key;
}

TEST(ProfileFile, IsReadFromDisk) {
  const test::TempDir dir;
  const auto profile = read_profile(dir.write("mine.toml", "base = \"static\"\nunsafe_seccomp = \"own.json\""));
  ASSERT_TRUE(profile);
  EXPECT_EQ(profile->name, "mine");
  EXPECT_EQ(profile->unsafe_seccomp_file, dir / "own.json");
}

TEST(ProfileFile, ExampleInTheDocumentationIsOne) {
  const auto page = file::read_whole(std::string(IMMURE_SOURCE_DIR) + "/docs/profiles.md", 1 << 20);
  ASSERT_TRUE(page);
  const std::size_t begin = page->find("```toml\n"), end = page->find("```\n", begin + 8);
  ASSERT_NE(end, std::string::npos);
  const Profile profile = accepted(page->substr(begin + 8, end - begin - 8));
  EXPECT_EQ(profile.unsafe_keys(), std::vector<std::string>{"unsafe_syscalls"});
}

TEST(ProfileFile, LargerThanItsLimitIsRefused) {
  const test::TempDir dir;
  const std::string line = "# 456789012345678901234567890123\n";
  std::string text;
  while (text.size() + line.size() <= 65536) text += line;
  EXPECT_TRUE(read_profile(dir.write("fits.toml", text)));
  EXPECT_FALSE(read_profile(dir.write("larger.toml", text + line + line)));
  EXPECT_FALSE(read_profile(dir.path()));
}

}  // namespace
}  // namespace immure::plan
