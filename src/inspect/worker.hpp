/// The code of a worker process: it takes jobs and returns findings, until the coordinator closes the pipe.
#pragma once

#include "inspect/limits.hpp"
#include "inspect/scan/rule_set.hpp"

namespace immure::inspect {

enum class Role : std::uint8_t {
  /// Reads and hashes files, and parses nothing: its digests hold even if a file has taken over a parser.
  kHasher,
  kParser,
};

struct WorkerPlan {
  Role role;
  int jobs, answers;  ///< the worker's ends of two pipes
  int input;          ///< the root of the drop
  const RuleSet& rules;
  const Limits& limits;
};

/// Restricts the process and works. Never returns: the process ends with 0 when the pipe is closed, and with 1 when it
/// cannot be restricted.
[[noreturn]] void work(const WorkerPlan& plan);

}  // namespace immure::inspect
