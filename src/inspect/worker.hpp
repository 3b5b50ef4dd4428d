/// What runs in a worker process: jobs in, findings out, until the coordinator closes the pipe.
#pragma once

#include "inspect/limits.hpp"
#include "inspect/scan/rule_set.hpp"

namespace immure::inspect {

enum class Role : std::uint8_t {
  kHasher,  ///< reads and hashes, parses nothing: its digests hold even where a parser was taken over
  kParser,
};

struct WorkerPlan {
  Role role;
  int jobs, answers;  ///< pipe ends
  int input;          ///< the root of the drop
  const RuleSet& rules;
  const Limits& limits;
};

/// Walls itself in and works. Never returns; ends the process with 0 when the pipe is closed, 1 when it cannot be
/// walled in.
[[noreturn]] void work(const WorkerPlan& plan);

}  // namespace immure::inspect
