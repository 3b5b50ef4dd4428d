/// seccomp filters: compiles profiles in Docker's JSON format to BPF, and puts the exec cookie into a filter.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.hpp"

namespace immure::plan {

/// The secret of one run, with which the filter lets exactly one execveat through (docs/decisions/0003). The first
/// argument of execveat must be (high << 32 | descriptor), and the sixth must be `tail`. The kernel ignores the upper
/// half of an int argument and a sixth argument; the filter compares all 64 bits of both.
struct ExecCookie {
  std::uint32_t high;
  std::uint32_t descriptor;
  std::uint64_t tail;
};

/// The built-in filter of a profile (`static`, `dynamic`, `python`, `jit`), compiled when immure was built.
[[nodiscard]] Result<FilterProgram> builtin_filter(std::string_view profile);

/// The Docker-JSON text of a built-in filter.
[[nodiscard]] Result<std::string_view> builtin_filter_json(std::string_view profile);

/// A system call that a built-in filter does not simply answer with EPERM.
struct AnsweredCall {
  std::uint32_t number = 0;
  std::string name;
  bool allowed = false;     ///< for some arguments
  bool always = false;      ///< the answer is the same for all arguments
  std::uint16_t error = 0;  ///< if the call is not allowed: the errno, which is not EPERM; 0: feigned
};
/// All such calls that immure knows, sorted by number. The answers come from the filter's own instructions; the
/// filter's source only says which arguments are worth trying.
[[nodiscard]] Result<std::vector<AnsweredCall>> answered_calls(std::string_view profile);

/// Of the sys::kCallNumbers call numbers from `first` on, returns the numbers that a filter lets through for some
/// arguments. The function reads the instructions alone, and assumes nothing about arguments. `architecture` is an
/// AUDIT_ARCH_* (plan/filter/bpf_eval.hpp).
[[nodiscard]] std::vector<std::uint32_t> let_through(std::span<const sys::Instruction> filter,
                                                     std::uint32_t architecture, std::uint32_t first);

/// The calls that a profile allows with any arguments (`unsafe_syscalls`, and execve for helpers) in addition to the
/// filter that it starts from, sorted.
[[nodiscard]] std::vector<std::string> extra_calls(const Profile& profile);

/// The filter of a profile: the built-in filter, or, if the profile adds calls, a filter that is compiled now
/// (libseccomp).
[[nodiscard]] Result<FilterProgram> filter_for(const Profile& profile);

/// Compiles a Docker-JSON profile. Errors: kBadInput with `file: JSON pointer: reason` for an unknown action, operator,
/// architecture or syscall name, a rule that allows exec without the cookie, or a default action other than an errno.
[[nodiscard]] Result<FilterProgram> compile_filter(std::string_view json, std::string_view file,
                                                   std::span<const std::string> extra_syscalls);

/// The bytes of the instructions with zeros in place of the cookie, which are the same for every run of a profile.
[[nodiscard]] std::string neutral_bytes(std::vector<sys::Instruction> instructions);

/// Copies the instructions and puts the cookie in the place of its stand-ins. Error kInternal unless each stand-in is
/// exactly where it must be.
[[nodiscard]] Result<std::vector<sys::Instruction>> bind_cookie(const FilterProgram& filter, const ExecCookie& cookie);

/// Copies the instructions, but with errno `number` wherever they answer an errno, to tell which layer denies a call.
[[nodiscard]] std::vector<sys::Instruction> with_denial_errno(std::span<const sys::Instruction> filter,
                                                              std::uint16_t number);

}  // namespace immure::plan
