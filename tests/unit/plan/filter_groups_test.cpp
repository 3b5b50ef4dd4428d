// Groups of system calls: what their lines mean, what the reader refuses and where, and how Docker's format writes
// groups.
#include "plan/filter/groups.hpp"

#include <gtest/gtest.h>

#include <asm/ioctls.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/stat.h>
#include <seccomp.h>
#include <sys/resource.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

#include "file/io.hpp"
#include "filter_answers.hpp"
#include "plan/filter/constants.hpp"
#include "plan/filter/filter.hpp"
#include "probe/needed.hpp"

namespace immure::plan {
namespace {

using namespace sweep;

/// A file of two groups, `reading` with `lines` and `writing`.
std::string with(const std::string& lines, const std::string& more = "") {
  return "base = [\"reading\"]\n[profiles]\nsmall = [\"writing\"]\n"
         "[[group]]\nname = \"reading\"\nopens = \"Read.\"\ncalls = [" +
         lines + "]\n[[group]]\nname = \"writing\"\nopens = \"Write.\"\ncalls = [\"write\"]\n" + more;
}

void expect_refused(const std::string& text, const std::string& where, const std::string& what) {
  const auto groups = parse_groups(text, "dir/groups.toml");
  ASSERT_FALSE(groups) << text;
  EXPECT_EQ(groups.error().code, Code::kBadInput) << text;
  EXPECT_EQ(groups.error().where, where) << text;
  EXPECT_NE(groups.error().what.find(what), std::string::npos) << groups.error().what;
}

/// What a filter with this one line answers to `call`.
std::uint32_t answer_of(const std::string& line, std::uint32_t number, const Arguments& arguments) {
  const auto groups = parse_groups(with("\"" + line + "\""), "groups.toml");
  EXPECT_TRUE(groups) << (groups ? "" : to_text(groups.error()));
  if (!groups) return 0;
  const auto json = docker_json(*groups, "small");
  const auto filter = compile_filter(*json, "small", {});
  EXPECT_TRUE(filter) << (filter ? "" : to_text(filter.error()));
  return filter ? answer(filter->instructions, number, arguments) : 0;
}

bool allows(const std::string& line, std::uint32_t number, const Arguments& arguments) {
  return answer_of(line, number, arguments) == kRetAllow;
}

TEST(FilterGroups, NamesFileLineAndReasonOfEachFault) {
  const std::string line = "dir/groups.toml:7:group.calls";
  expect_refused(with("\"raed\""), line, "unknown system call `raed`");
  expect_refused(with("\n\"read\",\n\"raed\""), "dir/groups.toml:9:group.calls", "unknown system call `raed`");
  expect_refused(with("\"openat if flags none_of O_CRAET\""), line, "unknown constant `O_CRAET`");
  expect_refused(with("\"openat if flag none_of O_CREAT\""), line, "unknown argument `flag` of openat");
  expect_refused(with("\"openat if flags without O_CREAT\""), line, "unknown comparison `without`");
  expect_refused(with("\"openat denied with ENOSUCH\""), line, "unknown errno `ENOSUCH`");
  expect_refused(with("\"openat denied ENOSYS\""), line, "must be followed by `with`");
  expect_refused(with("\"openat flags\""), line, "unexpected `flags`");
  expect_refused(with("\"openat on sparc64\""), line, "unknown machine `sparc64`");
  expect_refused(with("\"fcntl if arg only_of O_LARGEFILE\""), line, "has different values on different machines");
  expect_refused(with("\"mmap if prot all_of PROT_EXEC and prot none_of PROT_EXEC\""), line, "contradict each other");
  expect_refused(with("\"fcntl if operation is F_GETFL and operation is F_SETFL\""), line, "a second condition");
  expect_refused(with("\"fcntl if operation one_of F_GETFL F_GETFL\""), line, "the same value is listed twice");
  expect_refused(with("\"futex if value none_of FUTEX_WAITERS\""), line, "unknown comparison");
  expect_refused(with("1"), line, "must be a text");
  expect_refused(with(""), line, "names no system call");
}

TEST(FilterGroups, NoCallIsAnsweredTwice) {
  const std::string line = "dir/groups.toml:7:group.calls";
  expect_refused(with("\"read\", \"read\""), line, "names `read` twice");
  expect_refused(with("\"openat\", \"openat if flags none_of O_CREAT\""), line, "names `openat` twice");
  expect_refused(with("\"openat if flags none_of O_CREAT\", \"openat\""), line, "names `openat` twice");
  expect_refused(with("\"read\", \"write\""), "dir/groups.toml:11:group.calls", "names `write` twice");
  EXPECT_TRUE(parse_groups(with("\"openat if flags none_of O_CREAT\", \"openat if mode none_of S_ISUID\""), "g"));
}

TEST(FilterGroups, EveryNameIsOfAGroup) {
  const std::string group = "[[group]]\nname = \"a\"\nopens = \"Read.\"\ncalls = [\"read\"]\n";
  expect_refused("base = [\"b\"]\n[profiles]\nsmall = []\n" + group, "dir/groups.toml:1:base", "unknown group `b`");
  expect_refused("base = [\"a\"]\n[profiles]\nsmall = [\"c\"]\n" + group, "dir/groups.toml:3:profiles.small",
                 "unknown group `c`");
  expect_refused("base = [\"a\"]\n[profiles]\nsmall = [\"a\"]\n" + group, "dir/groups.toml:3:profiles.small", "twice");
  expect_refused("base = []\n[profiles]\nsmall = []\n" + group, "dir/groups.toml:7:group.calls",
                 "no profile has the group `a`");
  expect_refused(with("\"read\"", group + group), "dir/groups.toml:16:group", "a second group `a`");
  expect_refused(with("\"read\"", "color = 1\n"), "dir/groups.toml:12:group.color", "unknown key");
  expect_refused("base = []\n", "dir/groups.toml", "has no `group`");
  expect_refused("[[group]]\nname = \"a\"\n", "dir/groups.toml:1:group", "has no `opens`");
  expect_refused("[[group]]\nname = \"a\"\nopens = \"Read.\"\n", "dir/groups.toml:1:group", "names no system call");
}

TEST(FilterGroups, ConditionsMeanWhatTheySay) {
  constexpr std::uint64_t kHigh = 1ULL << 40;
  EXPECT_TRUE(allows("openat if flags none_of O_CREAT|__O_TMPFILE", __NR_openat, {0, 0, O_WRONLY | kHigh}));
  EXPECT_FALSE(allows("openat if flags none_of O_CREAT|__O_TMPFILE", __NR_openat, {0, 0, O_CREAT}));
  EXPECT_FALSE(allows("openat if flags none_of O_CREAT|__O_TMPFILE", __NR_openat, {0, 0, __O_TMPFILE}));
  const std::string code = "mmap if prot all_of PROT_EXEC and prot none_of PROT_WRITE and flags none_of MAP_ANONYMOUS";
  EXPECT_TRUE(allows(code, __NR_mmap, {0, 0, PROT_READ | PROT_EXEC, MAP_PRIVATE}));
  EXPECT_FALSE(allows(code, __NR_mmap, {0, 0, PROT_READ, MAP_PRIVATE}));
  EXPECT_FALSE(allows(code, __NR_mmap, {0, 0, PROT_WRITE | PROT_EXEC, MAP_PRIVATE}));
  EXPECT_FALSE(allows(code, __NR_mmap, {0, 0, PROT_EXEC, MAP_ANONYMOUS}));
  const std::string rename = "renameat2 if flags only_of RENAME_NOREPLACE|RENAME_EXCHANGE";
  EXPECT_TRUE(allows(rename, __NR_renameat2, {0, 0, 0, 0, RENAME_NOREPLACE}));
  EXPECT_TRUE(allows(rename, __NR_renameat2, {0, 0, 0, 0, kHigh}));
  EXPECT_FALSE(allows(rename, __NR_renameat2, {0, 0, 0, 0, RENAME_WHITEOUT}));
  EXPECT_TRUE(allows("prlimit64 if new_limit is NULL", __NR_prlimit64, {0, 0, 0}));
  EXPECT_FALSE(allows("prlimit64 if new_limit is NULL", __NR_prlimit64, {0, 0, kHigh}));
  EXPECT_TRUE(allows("futex if value below FUTEX_WAITERS", __NR_futex, {0, 0, FUTEX_WAITERS - 1}));
  EXPECT_FALSE(allows("futex if value below FUTEX_WAITERS", __NR_futex, {0, 0, FUTEX_WAITERS}));
  EXPECT_TRUE(allows("futex if value at_least FUTEX_WAITERS", __NR_futex, {0, 0, FUTEX_WAITERS}));
  EXPECT_EQ(answer_of("clone3 denied with ENOSYS", __NR_clone3, {}), kEnosys);
  EXPECT_EQ(allows("openat on x86_64", __NR_openat, {}), sys::kThisMachine == sys::Machine::kX86_64);
}

TEST(FilterGroups, OneOfAllowsItsValuesAndNoOthers) {
  const std::set<std::uint64_t> values = {0, 1, 2, 3, 8, 10, 16, 17, 23};
  const std::string line =
      "madvise if advice one_of MADV_NORMAL MADV_RANDOM MADV_SEQUENTIAL MADV_WILLNEED MADV_FREE MADV_DONTFORK "
      "MADV_DONTDUMP MADV_DODUMP MADV_POPULATE_WRITE";
  const auto groups = parse_groups(with("\"" + line + "\""), "groups.toml");
  ASSERT_TRUE(groups);
  const auto filter = compile_filter(*docker_json(*groups, "small"), "small", {});
  ASSERT_TRUE(filter);
  for (std::uint64_t advice = 0; advice < 4096; ++advice)
    EXPECT_EQ(answer(filter->instructions, __NR_madvise, {0, 0, advice}) == kRetAllow, values.contains(advice))
        << advice;
  for (unsigned bit = 12; bit < 32; ++bit)
    EXPECT_EQ(answer(filter->instructions, __NR_madvise, {0, 0, 1ULL << bit}), kEperm) << bit;
  const std::string wait = "futex if operation one_of FUTEX_WAIT_PRIVATE ignoring FUTEX_CLOCK_REALTIME";
  EXPECT_TRUE(allows(wait, __NR_futex, {0, FUTEX_WAIT_PRIVATE}));
  EXPECT_TRUE(allows(wait, __NR_futex, {0, FUTEX_WAIT_PRIVATE | FUTEX_CLOCK_REALTIME}));
  EXPECT_FALSE(allows(wait, __NR_futex, {0, FUTEX_WAIT}));
}

TEST(FilterGroups, ConstantsAreTheKernels) {
  const auto is = [](std::string_view name, std::uint64_t value) {
    const auto found = constant_named(name, sys::kThisMachine);
    EXPECT_TRUE(found && found->value == value) << name;
  };
#define IS(name) is(#name, static_cast<std::uint32_t>(name))
  IS(O_ACCMODE), IS(O_CREAT), IS(O_APPEND), IS(O_NONBLOCK), IS(O_NOFOLLOW), IS(__O_TMPFILE), IS(S_ISUID), IS(S_ISGID);
  IS(S_ISVTX), IS(F_DUPFD), IS(F_GETFD), IS(F_SETFD), IS(F_GETFL), IS(F_SETFL), IS(F_DUPFD_CLOEXEC), IS(O_LARGEFILE);
  IS(RENAME_NOREPLACE), IS(RENAME_EXCHANGE), IS(TCGETS), IS(FIONCLEX), IS(FIOCLEX), IS(PROT_WRITE), IS(PROT_EXEC);
  IS(MAP_ANONYMOUS), IS(MADV_NORMAL), IS(MADV_RANDOM), IS(MADV_SEQUENTIAL), IS(MADV_WILLNEED), IS(MADV_DONTNEED);
  IS(MADV_FREE), IS(MADV_DONTFORK), IS(MADV_DOFORK), IS(MADV_HUGEPAGE), IS(MADV_NOHUGEPAGE), IS(MADV_DONTDUMP);
  IS(MADV_DODUMP), IS(MADV_WIPEONFORK), IS(MADV_KEEPONFORK), IS(MADV_POPULATE_READ), IS(MADV_POPULATE_WRITE);
  IS(CLONE_PTRACE), IS(CLONE_PARENT), IS(CLONE_NEWNS), IS(CLONE_UNTRACED), IS(CLONE_NEWCGROUP), IS(CLONE_NEWUTS);
  IS(CLONE_NEWIPC), IS(CLONE_NEWUSER), IS(CLONE_NEWPID), IS(CLONE_NEWNET), IS(FUTEX_WAIT), IS(FUTEX_WAIT_BITSET);
  IS(FUTEX_WAIT_PRIVATE), IS(FUTEX_WAKE_PRIVATE), IS(FUTEX_REQUEUE_PRIVATE), IS(FUTEX_CMP_REQUEUE_PRIVATE);
  IS(FUTEX_WAKE_OP_PRIVATE), IS(FUTEX_WAIT_BITSET_PRIVATE), IS(FUTEX_WAKE_BITSET_PRIVATE), IS(FUTEX_CLOCK_REALTIME);
  IS(FUTEX_WAITERS), IS(PR_GET_NAME), IS(PR_GET_SECCOMP), IS(PR_SET_NO_NEW_PRIVS), IS(PR_GET_NO_NEW_PRIVS);
  IS(PR_SET_VMA), IS(RLIMIT_CPU), IS(RLIMIT_FSIZE), IS(RLIMIT_AS), IS(SECCOMP_SET_MODE_FILTER);
  IS(SECCOMP_FILTER_FLAG_TSYNC), IS(SECCOMP_FILTER_FLAG_LOG), IS(SECCOMP_FILTER_FLAG_SPEC_ALLOW);
#undef IS
  EXPECT_FALSE(constant_named("O_CRAET", sys::kThisMachine));
  EXPECT_EQ(errno_named("EOPNOTSUPP"), EOPNOTSUPP);
}

TEST(FilterGroups, TheDocumentationListsThem) {
  const auto page = file::read_whole(std::string(IMMURE_SOURCE_DIR) + "/docs/profiles.md", 1 << 20);
  const auto groups = builtin_groups();
  ASSERT_TRUE(page && groups);
  std::string table = "| group | opens | profiles |\n|---|---|---|\n";
  for (const Group& group : groups->groups) {
    std::string with, without;
    for (const std::string& profile : kProfiles) {
      const auto& names = groups->profiles.at(profile);
      std::string& list = std::ranges::find(names, group.name) != names.end() ? with : without;
      list += (list.empty() ? "`" : ", `") + profile + "`";
    }
    const std::string profiles = without.empty()          ? "all"
                                 : without == "`inspect`" ? "all but `inspect`"
                                 : with.empty()           ? "none; `socket_pairs = true` adds it"
                                                          : with;
    table += "| " + group.name + " | " + group.opens + " | " + profiles + " |\n";
  }
  EXPECT_NE(page->find(table + "\n"), std::string::npos) << table;
}

TEST(FilterGroups, TheDocumentationListsTheCallsThatStayDenied) {
  const auto page = file::read_whole(std::string(IMMURE_SOURCE_DIR) + "/docs/profiles.md", 1 << 20);
  ASSERT_TRUE(page);
  for (const probe::Needed& needed : probe::needed::kCalls) {
    const std::size_t list = page->find("- **#" + std::to_string(needed.test) + ", ");
    ASSERT_NE(list, std::string::npos) << needed.test;
    const std::string part = page->substr(list, page->find("\n- **#", list + 1) - list);
    EXPECT_NE(part.find("`" + std::string(needed.syscall) + "`"), std::string::npos) << needed.syscall;
  }
}

/// The values with which some rule for the call compares each argument, and the values next to these values.
std::array<std::set<std::uint64_t>, 6> values(const FilterSource& source, const std::string& call) {
  std::array<std::set<std::uint64_t>, 6> all;
  for (std::set<std::uint64_t>& one : all) one = {0};
  for (const FilterRule& rule : source.rules) {
    if (std::ranges::find(rule.names, call) == rule.names.end()) continue;
    for (const ArgumentRule& one : rule.arguments) {
      const std::uint64_t hit = one.compare == Compare::kMaskedEqual ? one.second : one.value;
      std::set<std::uint64_t>& of = all.at(one.index);
      of.insert({hit, hit - 1, hit + 1, kOnes, one.value, ~one.value});
      // Three arguments with all these values would be too many combinations.
      if (call.starts_with("setres")) continue;
      for (unsigned bit = 0; bit < 64; ++bit) of.insert(hit ^ (1ULL << bit));
    }
  }
  return all;
}

// The golden files are in Docker's format, as other engines read it. IMMURE_UPDATE_GOLDEN=1 writes the files again.
TEST(FilterGroups, DockersFormMeansWhatItMeantBefore) {
  for (const std::string& profile : kProfiles) {
    const std::string path = std::string(IMMURE_SOURCE_DIR) + "/tests/unit/plan/golden/docker-" + profile + ".json";
    if (std::getenv("IMMURE_UPDATE_GOLDEN") != nullptr) {
      ASSERT_TRUE(file::write_whole(path, *builtin_filter_json(profile), 0644));
    }
    const auto golden = file::read_whole(path, 1 << 20);
    ASSERT_TRUE(golden) << profile;
    const auto before = compile_filter(*golden, path, {});
    const auto source = parse_filter_source(*golden, path);
    ASSERT_TRUE(before && source) << profile;
    const auto now = filter_of(profile).instructions;
    std::set<std::string> calls;
    for (const FilterRule& rule : source->rules) calls.insert(rule.names.begin(), rule.names.end());
    for (const std::string& call : calls) {
      const int resolved = seccomp_syscall_resolve_name(call.c_str());
      if (resolved < 0) continue;
      const auto number = static_cast<std::uint32_t>(resolved);
      const auto of = values(*source, call);
      for (const std::uint64_t first : of[0])
        for (const std::uint64_t second : of[1])
          for (const std::uint64_t third : of[2])
            for (const std::uint64_t fourth : of[3])
              for (const std::uint64_t fifth : of[4]) {
                const Arguments arguments{first, second, third, fourth, fifth};
                ASSERT_EQ(answer(now, number, arguments), answer(before->instructions, number, arguments))
                    << profile << " " << call;
              }
    }
    EXPECT_EQ(let_through(now, kNativeArch, 0), let_through(before->instructions, kNativeArch, 0)) << profile;
  }
}

}  // namespace
}  // namespace immure::plan
