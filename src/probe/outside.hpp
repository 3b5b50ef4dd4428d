/// The probes where nothing is known of the walls: in any container, under any sandbox, or on a bare machine. Only
/// kHarmless rows are tried, each in a child of its own, and nothing is left behind.
#pragma once

#include <span>

#include "probe/catalogue.hpp"

namespace immure::probe {

enum class Found : std::uint8_t {
  kHolds,        ///< the answer is one that the row demands, with everything in force or of mounts and ids alone
  kWeak,         ///< refused, but by the kernel's own check of the arguments: nothing stands before it
  kLeaks,        ///< it succeeded, or its effect was seen
  kNotTestable,  ///< not tried, or the kernel has no such call
};

/// Tries each row that may be tried; the others are answered with kNotRun, and so are those that need a directory /in
/// or /out where there is none. `answers` has catalogue().size() entries. Must be called in a process with one thread.
void try_outside(std::span<Answer> answers);

/// What an answer of try_outside() means. There is no control here: that a row holds says that it was refused, not who
/// refused it.
[[nodiscard]] Found appraise_outside(const Row& row, const Answer& answer);

/// Of several: a leak outweighs a weak answer, a weak one those that hold, and these what was not tried.
[[nodiscard]] Found worse(Found one, Found other);

/// `holds`, `weak`, `leaks`, `not testable`.
[[nodiscard]] std::string_view name(Found found);

}  // namespace immure::probe
