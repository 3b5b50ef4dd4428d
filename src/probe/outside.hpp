/// Runs the probes outside of a cell: in any container, under any sandbox, or on a bare machine. This code knows
/// nothing about the sandbox there, so it tries only kHarmless rows, each in a child process of its own. The probes
/// leave nothing behind.
#pragma once

#include <span>

#include "probe/catalogue.hpp"

namespace immure::probe {

enum class Found : std::uint8_t {
  kHolds,        ///< the row demands this answer, either with everything in force or of mounts and ids alone
  kWeak,         ///< the kernel's own check of the arguments refused the call, so no filter denied it first
  kLeaks,        ///< the call succeeded, or its effect was seen
  kNotTestable,  ///< the probe did not run, or the kernel has no such call
};

/// Tries each row that may be tried outside. All other rows get an answer with kNotRun, and so do rows that need /in or
/// /out on a machine without that directory. `answers` has catalogue().size() entries. The calling process must have
/// one thread.
void try_outside(std::span<Answer> answers);

/// What an answer of try_outside() means. Outside of a cell there is no control: kHolds says that something refused the
/// call, and does not say what.
[[nodiscard]] Found appraise_outside(const Row& row, const Answer& answer);

/// The worse of two findings: a leak is worse than a weak answer, a weak answer is worse than one that holds, and
/// kNotTestable counts least.
[[nodiscard]] Found worse(Found one, Found other);

/// The words for a finding: `holds`, `weak`, `leaks`, `not testable`.
[[nodiscard]] std::string_view name(Found found);

}  // namespace immure::probe
