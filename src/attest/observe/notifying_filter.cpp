#include "attest/observe/notifying_filter.hpp"

#include <cerrno>

#include "sys/bpf_eval.hpp"
#include "sys/filter.hpp"

namespace immure::attest {
namespace {

namespace bpf = sys::simulation::bpf;
using sys::Instruction;

/// The errors that mean a refusal. The filter gives other errors where a program is meant to go on at once, for example
/// ENOTTY, and some of these calls are frequent.
bool is_refusal(std::uint32_t answer) {
  return answer == sys::seccomp::deny(EPERM) || answer == sys::seccomp::deny(ENOSYS);
}

}  // namespace

Result<std::vector<Instruction>> notifying_filter(std::span<const Instruction> filter,
                                                  std::span<const Instruction> lookups) {
  if (filter.size() + lookups.size() > sys::kMaxInstructions)
    return fail(Code::kBadInput, "the profile's filter", "is too long to be explained",
                "Use a shorter filter in unsafe_seccomp, or none.");
  std::vector<Instruction> made(filter.begin(), filter.end());
  for (std::size_t at = 0; at < made.size(); ++at) {
    Instruction& step = made[at];
    if (step.code != bpf::kReturn) continue;
    if (is_refusal(step.operand)) step.operand = sys::seccomp::kNotify;
    // Jump to the first instruction of `lookups`, which loads anew all that it compares.
    else if (step.operand == sys::seccomp::kAllow)
      step = {bpf::kJump, 0, 0, static_cast<std::uint32_t>(made.size() - at - 1)};
  }
  made.insert(made.end(), lookups.begin(), lookups.end());
  return made;
}

int denial_of(std::span<const Instruction> filter, const sys::Notification& call) {
  const auto answer = sys::simulation::evaluate(filter, {.number = call.number,
                                                         .architecture = call.architecture,
                                                         .instruction_pointer = call.instruction_pointer,
                                                         .arguments = call.arguments});
  if (!answer) return EPERM;
  if (*answer == sys::seccomp::kAllow) return 0;
  return is_refusal(*answer) ? static_cast<int>(*answer & SECCOMP_RET_DATA) : EPERM;
}

}  // namespace immure::attest
