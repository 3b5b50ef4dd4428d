/// The place where the mutation tests (tests/mutation/) weaken a cell, to see that the weakness is noticed. In the
/// product every function here does nothing, and the compiler removes the calls.
#pragma once

#include "cell/spec.hpp"
#include "sys/error.hpp"

namespace immure::cell {

struct MountRules;

#if defined(IMMURE_MUTANTS)
/// True if the cell skips this step.
[[nodiscard]] bool leaves_out(Step step);
/// True if the cell does not set this limit (RLIMIT_*).
[[nodiscard]] bool leaves_out_limit(int resource);
/// Takes back a part of what this step has done.
[[nodiscard]] SysResult<void> weaken_after(Step step, const Spec& spec);
/// The rules without one of their flags.
[[nodiscard]] MountRules weakened(MountRules rules);
/// Puts something into the new file system of /out.
[[nodiscard]] SysResult<void> weaken_output(const Spec& spec, int tree);
/// The flags of the mount of the null device, without one of them.
[[nodiscard]] std::uint64_t weakened_null(std::uint64_t flags);
#else
[[nodiscard]] constexpr bool leaves_out(Step) { return false; }
[[nodiscard]] constexpr bool leaves_out_limit(int) { return false; }
[[nodiscard]] inline SysResult<void> weaken_after(Step, const Spec&) { return {}; }
[[nodiscard]] constexpr const MountRules& weakened(const MountRules& rules) { return rules; }
[[nodiscard]] inline SysResult<void> weaken_output(const Spec&, int) { return {}; }
[[nodiscard]] constexpr std::uint64_t weakened_null(std::uint64_t flags) { return flags; }
#endif

}  // namespace immure::cell
