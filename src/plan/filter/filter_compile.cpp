#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "file/sha256.hpp"
#include "plan/filter/bpf_eval.hpp"
#include "plan/filter/cookie.hpp"
#include "plan/filter/filter.hpp"
#include "plan/filter/filter_source.hpp"
#include "sys/fd.hpp"
#include "sys/file.hpp"
#include "sys/filter.hpp"
#include "sys/libc.hpp"
#include "sys/numbers.hpp"
#include "text/hex.hpp"

namespace immure::plan {
namespace {

struct Release {
  void operator()(void* context) const { seccomp_release(context); }
};
using Context = std::unique_ptr<void, Release>;

constexpr std::uint64_t kEmptyPath = 0x1000;  // AT_EMPTY_PATH

std::uint32_t action_of(Action action, std::uint16_t number) {
  switch (action) {
    case Action::kAllow: return SCMP_ACT_ALLOW;
    case Action::kErrno: return SCMP_ACT_ERRNO(number);
    case Action::kKillThread: return SCMP_ACT_KILL_THREAD;
    case Action::kKillProcess: return SCMP_ACT_KILL_PROCESS;
  }
  return SCMP_ACT_KILL_PROCESS;
}

scmp_compare operator_of(Compare compare) {
  switch (compare) {
    case Compare::kNotEqual: return SCMP_CMP_NE;
    case Compare::kLess: return SCMP_CMP_LT;
    case Compare::kLessEqual: return SCMP_CMP_LE;
    case Compare::kEqual: return SCMP_CMP_EQ;
    case Compare::kGreaterEqual: return SCMP_CMP_GE;
    case Compare::kGreater: return SCMP_CMP_GT;
    case Compare::kMaskedEqual: return SCMP_CMP_MASKED_EQ;
  }
  return SCMP_CMP_EQ;
}

bool is_exec(std::string_view name) { return name == "execve" || name == "execveat"; }

Result<void> library_error(std::string_view where, int answer) {
  if (answer == 0) return {};
  return fail(Code::kInternal, where, "libseccomp refuses the rule", {}, -answer);
}

/// Makes a libseccomp context. The context's default action is the profile's errno, also for calls of foreign
/// architectures and of x32. The compiled program is a binary tree, because the kernel needs three times as long to
/// install a chain of comparisons. The filter kills no task: the kernel would write a record into the host's log with
/// the number of the call, which the payload chooses (seccomp(2), SECCOMP_RET_KILL_PROCESS).
Result<Context> new_context(const FilterSource& source, std::string_view file) {
  // libseccomp asks the kernel which actions the kernel knows, and refuses all others. But this filter may be for
  // another kernel, and an emulator knows no actions. So set the API level to the first one that has
  // SECCOMP_RET_KILL_PROCESS (Linux 4.14).
  CHECK_OK(library_error(file, seccomp_api_set(3)));
  Context context(seccomp_init(SCMP_ACT_ERRNO(source.default_errno)));
  if (!context) return fail(Code::kSystem, file, "no memory for the filter");
  CHECK_OK(library_error(
      file, seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(source.default_errno))));
  CHECK_OK(library_error(file, seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2)));
  return context;
}

Result<void> add_rule(scmp_filter_ctx context, const FilterRule& rule, int number, std::string_view where,
                      std::uint16_t otherwise) {
  // Skip a rule with the default action, because libseccomp refuses such a rule with EACCES.
  if (rule.action == Action::kErrno && rule.number == otherwise) return {};
  std::array<scmp_arg_cmp, 6> arguments{};
  for (std::size_t i = 0; i < rule.arguments.size(); ++i) {
    const ArgumentRule& argument = rule.arguments[i];
    arguments.at(i) = {argument.index, operator_of(argument.compare), argument.value, argument.second};
  }
  const auto count = static_cast<unsigned>(rule.arguments.size());
  return library_error(
      where, seccomp_rule_add_array(context, action_of(rule.action, rule.number), number, count, arguments.data()));
}

Result<void> add_rules(scmp_filter_ctx context, const FilterSource& source, std::string_view file,
                       std::span<const std::string> replaced) {
  for (const FilterRule& rule : source.rules) {
    const std::string where = std::string(file) + ": " + rule.pointer;
    for (const std::string& name : rule.names) {
      const bool allows = rule.action == Action::kAllow;
      if (allows && is_exec(name))
        return fail(Code::kBadInput, where, "allows " + name,
                    "Leave it out: the one exec that starts the program is always let through.");
      if (std::ranges::find(replaced, name) != replaced.end()) continue;
      const int number = seccomp_syscall_resolve_name(name.c_str());
      if (number == __NR_SCMP_ERROR) {
        // Skip an unknown call that the rule denies: the default denies it anyway.
        if (!allows) continue;
        return fail(Code::kBadInput, where, "unknown system call `" + name + "`");
      }
      // A negative number of libseccomp means that this architecture does not have the call.
      if (number >= 0) CHECK_OK(add_rule(context, rule, number, where, source.default_errno));
    }
  }
  return {};
}

Result<void> add_extra(scmp_filter_ctx context, std::span<const std::string> names, std::string_view file) {
  for (const std::string& name : names) {
    const std::string where = std::string(file) + ": unsafe_syscalls";
    // The plan allows execve for helpers, whose files Landlock decides. execveat takes a descriptor, whatever file the
    // descriptor leads to.
    if (name == "execveat") return fail(Code::kBadInput, where, name + " cannot be allowed: a program is started once");
    const int number = seccomp_syscall_resolve_name(name.c_str());
    if (number < 0) return fail(Code::kBadInput, where, "unknown system call `" + name + "`");
    CHECK_OK(library_error(where, seccomp_rule_add(context, SCMP_ACT_ALLOW, number, 0)));
  }
  return {};
}

/// Allows the one exec. The kernel ignores the upper half of an int argument and a sixth argument, so both can carry a
/// secret. The descriptor's number alone would be no secret: with an absolute path the kernel ignores the descriptor.
Result<void> add_cookie(scmp_filter_ctx context, std::string_view file) {
  const auto word = [](std::uint32_t high, std::uint32_t low) { return std::uint64_t{high} << 32U | low; };
  const std::array<scmp_arg_cmp, 3> arguments = {{{0, SCMP_CMP_EQ, word(kFirstHigh, kFirstLow), 0},
                                                  {4, SCMP_CMP_EQ, kEmptyPath, 0},
                                                  {5, SCMP_CMP_EQ, word(kSixthHigh, kSixthLow), 0}}};
  return library_error(
      file, seccomp_rule_add_array(context, SCMP_ACT_ALLOW, SCMP_SYS(execveat), arguments.size(), arguments.data()));
}

Result<std::vector<sys::Instruction>> exported(scmp_filter_ctx context, std::string_view file) {
  const auto made = sys::call(::memfd_create, "filter", MFD_CLOEXEC);
  if (!made) return fail(Code::kSystem, file, "no memory for the filter", {}, made.error().value);
  const sys::Fd memory(*made);
  CHECK_OK(library_error(file, seccomp_export_bpf(context, memory.get())));
  const off_t bytes = ::lseek(memory.get(), 0, SEEK_END);
  const auto count = static_cast<std::size_t>(bytes) / sizeof(sys::Instruction);
  if (bytes <= 0 || count > sys::kMaxInstructions)
    return fail(Code::kBadInput, file, "the filter is longer than the 4096 instructions that the kernel takes");
  std::vector<sys::Instruction> instructions(count);
  const auto read = sys::read_at(memory.get(), std::as_writable_bytes(std::span(instructions)), 0);
  if (!read || *read != static_cast<std::size_t>(bytes))
    return fail(Code::kInternal, file, "the filter cannot be read back", {}, sys::error_of(read));
  return instructions;
}

/// Answers ENOSYS to calls that are newer than immure, as an older kernel does. A C library that gets ENOSYS uses an
/// older call, but takes EPERM for a failure (runc#2151, moby#42871). Numbers with the x32 bit, calls of other tables
/// and -1 pass on to the instructions that follow.
void add_younger_calls(std::vector<sys::Instruction>& filter) {
  using namespace sys::seccomp;
  const sys::Instruction first[] = {
      load(offsetof(seccomp_data, nr)), jump(BPF_JGT, static_cast<std::uint32_t>(sys::nr::kLast), 0, 4),
      jump(BPF_JGE, kX32Bit, 3, 0),     load(offsetof(seccomp_data, arch)),
      jump(BPF_JEQ, kNativeArch, 0, 1), finish(deny(ENOSYS))};
  filter.insert(filter.begin(), std::begin(first), std::end(first));
}

}  // namespace

std::string neutral_bytes(std::vector<sys::Instruction> instructions) {
  for (sys::Instruction& step : instructions)
    for (const CookiePlace& place : kCookiePlaces)
      if (step.operand == place.stand_in) step.operand = 0;
  std::string bytes(instructions.size() * sizeof(sys::Instruction), '\0');
  std::memcpy(bytes.data(), instructions.data(), bytes.size());
  return bytes;
}

Result<FilterProgram> compile_filter(std::string_view json, std::string_view file,
                                     std::span<const std::string> extra_syscalls) {
  TRY(const FilterSource source, parse_filter_source(json, file));
  TRY(const Context context, new_context(source, file));
  CHECK_OK(add_rules(context.get(), source, file, extra_syscalls));
  CHECK_OK(add_extra(context.get(), extra_syscalls, file));
  CHECK_OK(add_cookie(context.get(), file));
  FilterProgram program;
  TRY(program.instructions, exported(context.get(), file));
  add_younger_calls(program.instructions);
  if (program.instructions.size() > sys::kMaxInstructions)
    return fail(Code::kBadInput, file, "the filter is longer than the 4096 instructions that the kernel takes");
  // Check now that the stand-ins are where they must be and nowhere else, because bind_cookie() relies on it.
  if (auto bound = bind_cookie(program, {}); !bound)
    return fail(Code::kBadInput, file, "uses a value that is reserved for the exec cookie");
  file::Sha256 text;
  text.update(json);
  for (const std::string& name : extra_syscalls) text.update("\n+" + name);
  program.source_sha256 = text::hex(text.finish());
  program.sha256 = file::sha256_hex(neutral_bytes(program.instructions));
  return program;
}

Result<std::vector<sys::Instruction>> bind_cookie(const FilterProgram& filter, const ExecCookie& cookie) {
  const std::array<std::uint32_t, kCookiePlaces.size()> values = {cookie.descriptor, cookie.high,
                                                                  static_cast<std::uint32_t>(cookie.tail),
                                                                  static_cast<std::uint32_t>(cookie.tail >> 32U)};
  std::vector<sys::Instruction> bound = filter.instructions;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const CookiePlace& place = kCookiePlaces.at(i);
    std::size_t found = 0;
    for (std::size_t at = 1; at < bound.size(); ++at) {
      // Compare with the unchanged program, so that a secret that equals a stand-in by chance is not replaced again.
      const sys::Instruction& step = filter.instructions[at];
      const sys::Instruction& before = filter.instructions[at - 1];
      if (step.operand != place.stand_in) continue;
      if (step.code != bpf::kJumpEqual || before.code != bpf::kLoad || before.operand != place.loaded_from)
        return fail(Code::kInternal, "filter", "a placeholder of the exec cookie is in the wrong place");
      bound[at].operand = values.at(i);
      ++found;
    }
    if (found != 1) return fail(Code::kInternal, "filter", "a placeholder of the exec cookie is missing or duplicated");
  }
  return bound;
}

std::vector<sys::Instruction> with_denial_errno(std::span<const sys::Instruction> filter, std::uint16_t number) {
  std::vector<sys::Instruction> changed(filter.begin(), filter.end());
  for (sys::Instruction& step : changed)
    if (step.code == bpf::kReturn && (step.operand & 0xffff0000U) == kRetErrno) step.operand = kRetErrno | number;
  return changed;
}

}  // namespace immure::plan
