/// seccomp filters: Docker-JSON profile -> BPF, and the exec cookie.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.hpp"

namespace immure::plan {

/// The secret of one run that lets exactly one execveat through (exec-once, docs/decisions).
/// execveat's first argument must be (high << 32 | descriptor), its sixth `tail`; the kernel ignores the upper
/// half of an int argument and a sixth argument, the filter compares all 64 bits.
struct ExecCookie {
  std::uint32_t high;
  std::uint32_t descriptor;
  std::uint64_t tail;
};

/// The built-in filter of a profile (`static`, `dynamic`, `python`, `jit`), compiled when immure was built.
[[nodiscard]] Result<FilterProgram> builtin_filter(std::string_view profile);

/// The Docker-JSON text of a built-in filter.
[[nodiscard]] Result<std::string_view> builtin_filter_json(std::string_view profile);

/// A system call that a built-in filter does not simply refuse.
struct AnsweredCall {
  std::uint32_t number = 0;
  std::string name;
  bool allowed = false;     ///< for some arguments
  bool always = false;      ///< the same answer whatever the arguments
  std::uint16_t error = 0;  ///< where it is not allowed: the errno, which is not EPERM
};
/// All of them that immure knows, by number, as the filter's own bytes answer; its source says only which arguments are
/// worth trying.
[[nodiscard]] Result<std::vector<AnsweredCall>> answered_calls(std::string_view profile);

/// The numbers from `first`, sys::kCallNumbers of them, that a filter lets through for some arguments: read from its
/// instructions alone, with arguments that may be anything. `architecture` is an AUDIT_ARCH_*
/// (plan/filter/bpf_eval.hpp).
[[nodiscard]] std::vector<std::uint32_t> let_through(std::span<const sys::Instruction> filter,
                                                     std::uint32_t architecture, std::uint32_t first);

/// The calls that a profile allows with any arguments besides what its base's filter says, sorted.
[[nodiscard]] std::vector<std::string> extra_calls(const Profile& profile);

/// The filter of a profile: the built-in one when nothing widens it, else compiled now (libseccomp).
[[nodiscard]] Result<FilterProgram> filter_for(const Profile& profile);

/// Compiles a Docker-JSON profile. Errors: kBadInput with `file: JSON pointer: reason` for an unknown action, operator,
/// architecture or syscall name, a rule that allows exec without the cookie, or a default action other than an errno.
[[nodiscard]] Result<FilterProgram> compile_filter(std::string_view json, std::string_view file,
                                                   std::span<const std::string> extra_syscalls);

/// The bytes of the instructions with zero in place of the cookie: the same for every run of a profile.
[[nodiscard]] std::string neutral_bytes(std::vector<sys::Instruction> instructions);

/// The same instructions with the cookie's placeholders replaced. Error kInternal unless each placeholder
/// stands exactly where it must.
[[nodiscard]] Result<std::vector<sys::Instruction>> bind_cookie(const FilterProgram& filter, const ExecCookie& cookie);

/// The same instructions answering errno `number` wherever they answer an errno (attribution of denials).
[[nodiscard]] std::vector<sys::Instruction> with_denial_errno(std::span<const sys::Instruction> filter,
                                                              std::uint16_t number);

}  // namespace immure::plan
