/// Helpers: how a profile names them, what the closure holds for them, and what the filter lets through.
#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "../file/temp_dir.hpp"
#include "plan/filter/bpf_eval.hpp"
#include "plan/filter/filter.hpp"
#include "plan/image/helpers.hpp"
#include "plan/image/image.hpp"
#include "plan/profile.hpp"
#include "sys/filter.hpp"
#include "sys/syscall.hpp"

namespace immure::plan {
namespace {

Result<Profile> read(std::string_view text) { return parse_profile(text, "p.toml"); }

TEST(HelperProfile, NamesProgramsOrTheWholeImage) {
  const auto list = read("unsafe_exec = [\"sort\", \"/usr/bin/awk\"]");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->unsafe_exec, (std::vector<std::string>{"/usr/bin/awk", "sort"}));
  EXPECT_FALSE(list->executes_image());
  EXPECT_EQ(list->unsafe_keys(), std::vector<std::string>{"unsafe_exec"});
  EXPECT_EQ(list->gifts(), probe::kHelpers);
  const auto image = read("unsafe_exec = \"image\"");
  ASSERT_TRUE(image);
  EXPECT_TRUE(image->executes_image());
  const auto none = read("unsafe_exec = []");
  ASSERT_TRUE(none);
  EXPECT_EQ(none->gifts(), probe::kNothing);
}

TEST(HelperProfile, RefusesEverythingElse) {
  for (const std::string_view text :
       {"unsafe_exec = \"all\"", "unsafe_exec = true", "unsafe_exec = [\"image\"]", "unsafe_exec = [\"a\", \"a\"]",
        "unsafe_exec = [\"./a\"]", "unsafe_exec = [\"\"]", "unsafe_exec = [1]", "unsafe_syscalls = [\"execve\"]"})
    EXPECT_FALSE(read(text)) << text;
}

TEST(HelperFilter, LetsExecveThroughAndNoExecveat) {
  Profile profile = builtin_profile("dynamic").value();
  const auto allows = [&](std::uint32_t call) {
    const FilterProgram filter = filter_for(profile).value();
    return std::ranges::binary_search(let_through(filter.instructions, kNativeArch, 0), call);
  };
  EXPECT_FALSE(allows(__NR_execve));
  profile.unsafe_exec = {"sort"};
  EXPECT_TRUE(allows(__NR_execve));
  EXPECT_FALSE(allows(__NR_memfd_create));
  // execveat passes with this run's cookie alone, as in every filter.
  const FilterProgram filter = filter_for(profile).value();
  EXPECT_EQ(evaluate(filter.instructions, {.number = __NR_execveat, .architecture = kNativeArch, .arguments = {}}),
            sys::seccomp::deny(EPERM));
}

TEST(HelperClosure, HoldsTheHelperWithItsLibrariesAndNames) {
  const auto without = closure_of("true", {}, {});
  ASSERT_TRUE(without);
  const auto closure = closure_of("true", {}, {}, {}, nullptr, {.helpers = {"sh"}});
  ASSERT_TRUE(closure) << to_text(closure.error());
  const auto has = [](const Closure& one, std::string_view path) {
    return std::ranges::find(one.files, path, &Packed::inner) != one.files.end();
  };
  EXPECT_TRUE(has(*closure, "/usr/bin/sh"));
  EXPECT_TRUE(has(*closure, "/bin/sh"));
  EXPECT_FALSE(has(*without, "/usr/bin/sh"));
  EXPECT_FALSE(closure->helpers.empty());
  EXPECT_TRUE(std::ranges::is_sorted(closure->files, {}, &Packed::inner));
}

TEST(HelperClosure, NeedsTheInterpreterOfAScript) {
  test::TempDir directory;
  const std::string tool = directory.write("tool", "#!/bin/sh\nexit 0\n");
  std::filesystem::permissions(tool, std::filesystem::perms::all);
  const auto refused = closure_of("true", {}, {}, {}, nullptr, {.helpers = {tool}});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(to_text(refused.error()).contains("its interpreter may not be started"));
  EXPECT_TRUE(closure_of("true", {}, {}, {}, nullptr, {.helpers = {tool, "sh"}}));
  EXPECT_FALSE(closure_of("true", {}, {}, {}, nullptr, {.helpers = {"no-such-program"}}));
}

}  // namespace
}  // namespace immure::plan
