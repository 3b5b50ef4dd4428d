#include "plan/filter/filter_source.hpp"

#include <gtest/gtest.h>

#include "plan/filter/bpf_eval.hpp"
#include "plan/filter/cookie.hpp"
#include "plan/filter/filter.hpp"

namespace immure::plan {
namespace {

/// The text of a profile with one entry.
std::string with_entry(const std::string& entry) {
  return R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [)" + entry + "]}";
}

void expect_refused(const std::string& json, const std::string& where, const std::string& what) {
  const auto compiled = compile_filter(json, "own.json", {});
  ASSERT_FALSE(compiled) << json;
  EXPECT_EQ(compiled.error().code, Code::kBadInput) << json;
  EXPECT_EQ(compiled.error().where, where) << json;
  EXPECT_NE(compiled.error().what.find(what), std::string::npos) << compiled.error().what;
}

TEST(FilterSource, AcceptsAPlainEntry) {
  const auto compiled =
      compile_filter(with_entry(R"({"names": ["getpid"], "action": "SCMP_ACT_ALLOW"})"), "own.json", {});
  ASSERT_TRUE(compiled) << to_text(compiled.error());
  EXPECT_TRUE(bind_cookie(*compiled, {}));
}

TEST(FilterSource, NamesTheJsonPointerOfEachFault) {
  expect_refused("{", "own.json", "not JSON");
  expect_refused("[]", "own.json: /", "must be an object");
  expect_refused("{}", "own.json: /", "needs `defaultAction` and `syscalls`");
  expect_refused(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [], "extra": 1})", "own.json: /",
                 "unknown key `extra`");
  expect_refused(R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []})", "own.json: /defaultAction",
                 "must be SCMP_ACT_ERRNO");
  expect_refused(R"({"defaultAction": "SCMP_ACT_MAYBE", "syscalls": []})", "own.json: /defaultAction",
                 "unknown action");
  expect_refused(R"({"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 0, "syscalls": []})",
                 "own.json: /defaultErrnoRet", "0");
  expect_refused(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": {}})", "own.json: /syscalls", "must be an array");
  expect_refused(with_entry(R"({"names": [], "action": "SCMP_ACT_ALLOW"})"), "own.json: /syscalls/0",
                 "names no system call");
  expect_refused(with_entry(R"({"names": [7], "action": "SCMP_ACT_ALLOW"})"), "own.json: /syscalls/0/names/0",
                 "must be a string");
  expect_refused(with_entry(R"({"names": ["getpid"]})"), "own.json: /syscalls/0", "no `action`");
  expect_refused(with_entry(R"({"names": ["getpid"], "action": "SCMP_ACT_TRACE"})"), "own.json: /syscalls/0/action",
                 "unknown action");
  expect_refused(with_entry(R"({"names": ["getpidd"], "action": "SCMP_ACT_ALLOW"})"), "own.json: /syscalls/0",
                 "unknown system call");
}

TEST(FilterSource, RefusesBadArguments) {
  const auto with_argument = [](const std::string& argument) {
    return with_entry(R"({"names": ["ioctl"], "action": "SCMP_ACT_ALLOW", "args": [)" + argument + "]}");
  };
  EXPECT_TRUE(compile_filter(with_argument(R"({"index": 1, "value": 1, "op": "SCMP_CMP_EQ"})"), "own.json", {}));
  expect_refused(with_argument(R"({"index": 6, "value": 1, "op": "SCMP_CMP_EQ"})"),
                 "own.json: /syscalls/0/args/0/index", "above 5");
  expect_refused(with_argument(R"({"index": 1, "value": -1, "op": "SCMP_CMP_EQ"})"),
                 "own.json: /syscalls/0/args/0/value", "whole number");
  expect_refused(with_argument(R"({"index": 1, "value": 1, "op": "SCMP_CMP_XX"})"), "own.json: /syscalls/0/args/0/op",
                 "unknown operator");
  expect_refused(with_argument(R"({"index": 1, "value": 1})"), "own.json: /syscalls/0/args/0", "needs");
  expect_refused(
      with_argument(R"({"index": 1, "value": 1, "op": "SCMP_CMP_NE"}, {"index": 1, "value": 2, "op": "SCMP_CMP_NE"})"),
      "own.json: /syscalls/0/args/1", "second condition");
}

TEST(FilterSource, NeverAllowsExec) {
  expect_refused(with_entry(R"({"names": ["read", "execve"], "action": "SCMP_ACT_ALLOW"})"), "own.json: /syscalls/0",
                 "allows execve");
  expect_refused(with_entry(R"({"names": ["execveat"], "action": "SCMP_ACT_ALLOW"})"), "own.json: /syscalls/0",
                 "allows execveat");
}

TEST(FilterSource, RefusesForeignArchitectures) {
  const auto with = [](const std::string& key) {
    return R"({"defaultAction": "SCMP_ACT_ERRNO", )" + key + R"(, "syscalls": []})";
  };
  expect_refused(with(R"("architectures": ["SCMP_ARCH_X86"])"), "own.json: /architectures/0", "foreign");
#if defined(__x86_64__)
  EXPECT_TRUE(compile_filter(with(R"("architectures": ["SCMP_ARCH_X86_64"])"), "own.json", {}));
  expect_refused(with(R"("archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}])"),
                 "own.json: /archMap/0/subArchitectures/0", "foreign");
  expect_refused(with(R"("archMap": [{"architecture": "SCMP_ARCH_AARCH64"}])"), "own.json: /", "is not for");
#endif
}

TEST(FilterSource, LeavesOutWhatNeedsACapabilityOrAnotherMachine) {
  const auto rules = [](const std::string& condition) {
    const auto source = parse_filter_source(
        with_entry(R"({"names": ["getpid"], "action": "SCMP_ACT_ALLOW", )" + condition + "}"), "own");
    EXPECT_TRUE(source);
    return source ? source->rules.size() : 99;
  };
  EXPECT_EQ(rules(R"("includes": {}, "excludes": {})"), 1U);
  EXPECT_EQ(rules(R"("includes": {"caps": ["CAP_SYS_ADMIN"]})"), 0U);
  EXPECT_EQ(rules(R"("excludes": {"caps": ["CAP_SYS_ADMIN"]})"), 1U);
  EXPECT_EQ(rules(R"("includes": {"arches": ["amd64", "arm64"]})"), 1U);
  EXPECT_EQ(rules(R"("includes": {"arches": ["s390x"]})"), 0U);
  EXPECT_EQ(rules(R"("excludes": {"arches": ["amd64", "arm64"]})"), 0U);
  EXPECT_FALSE(parse_filter_source(
      with_entry(R"({"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "4.8"}})"), "own"));
}

TEST(FilterSource, DenialsOfCallsThatNobodyKnowsAreLeftOut) {
  EXPECT_TRUE(compile_filter(with_entry(R"({"names": ["nosuchcall"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38})"),
                             "own.json", {}));
}

TEST(FilterSource, RefusesValuesKeptForTheCookie) {
  const std::string value = std::to_string(kFirstLow);
  expect_refused(with_entry(R"({"names": ["ioctl"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": )" +
                            value + R"(, "op": "SCMP_CMP_EQ"}]})"),
                 "own.json", "reserved for the exec cookie");
}

TEST(FilterSource, EveryActionAndOperatorDoesWhatItSays) {
  const auto answer = [](const std::string& entry, std::uint64_t argument) {
    const auto filter = compile_filter(with_entry(entry), "own.json", {});
    EXPECT_TRUE(filter) << entry;
    const auto number = static_cast<std::uint32_t>(__NR_getpid);
    return evaluate(filter->instructions, {.number = number, .architecture = kNativeArch, .arguments = {argument}})
        .value_or(0);
  };
  const auto with = [](const std::string& op) {
    return R"({"names": ["getpid"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 5, "valueTwo": 4, )"
           R"("op": "SCMP_CMP_)" +
           op + "\"}]}";
  };
  struct Case {
    const char* op;
    std::array<bool, 3> allowed;  // for the values 4, 5, 6
  };
  for (const Case& row :
       {Case{"NE", {true, false, true}}, Case{"LT", {true, false, false}}, Case{"LE", {true, true, false}},
        Case{"EQ", {false, true, false}}, Case{"GE", {false, true, true}}, Case{"GT", {false, false, true}},
        Case{"MASKED_EQ", {true, false, true}}})
    for (std::uint64_t i = 0; i < 3; ++i)
      EXPECT_EQ(answer(with(row.op), 4 + i) == kRetAllow, row.allowed.at(i)) << row.op << " " << 4 + i;
  EXPECT_EQ(answer(R"({"names": ["getpid"], "action": "SCMP_ACT_KILL_PROCESS"})", 0), kRetKillProcess);
  EXPECT_EQ(answer(R"({"names": ["getpid"], "action": "SCMP_ACT_KILL"})", 0), 0U);
  EXPECT_EQ(answer(R"({"name": "getpid", "action": "SCMP_ACT_ERRNO", "errnoRet": 13})", 0), kRetErrno | 13U);
}

TEST(Evaluate, AnswersNothingForAProgramThatLeavesItsBounds) {
  const Call call{};
  EXPECT_EQ(evaluate({}, call), std::nullopt);
  const sys::Instruction far[] = {{bpf::kLoad, 0, 0, 64}, {bpf::kReturn, 0, 0, kRetAllow}};
  const sys::Instruction odd[] = {{bpf::kLoad, 0, 0, 2}, {bpf::kReturn, 0, 0, kRetAllow}};
  const sys::Instruction jump[] = {{bpf::kJump, 0, 0, 9}, {bpf::kReturn, 0, 0, kRetAllow}};
  const sys::Instruction unknown[] = {{0x61, 0, 0, 0}, {bpf::kReturn, 0, 0, kRetAllow}};
  for (const std::span<const sys::Instruction> bad : {std::span<const sys::Instruction>(far), {odd}, {jump}, {unknown}})
    EXPECT_EQ(evaluate(bad, call), std::nullopt);
}

}  // namespace
}  // namespace immure::plan
