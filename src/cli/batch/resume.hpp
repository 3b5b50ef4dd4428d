/// Begins a batch, or goes on where a batch was.
#pragma once

#include <vector>

#include "cli/batch/crew.hpp"
#include "cli/batch/journal.hpp"
#include "cli/batch/preparation.hpp"
#include "cli/batch/store.hpp"
#include "sys/error.hpp"

namespace immure::cli {

struct Begun {
  Journal journal;
  std::vector<BatchRun> runs;  ///< in the order of the entries
  std::string plan_sha256;     ///< of the plan's file
};

/// Writes the plan and the journal of a new batch. If there is a batch already, compares its plan, reads its journal,
/// finishes what was interrupted, and moves aside the results of runs that the journal does not know or that may be
/// tried again. Takes the entries of `prepared`. Errors: kBadInput if the plan has changed or the journal was changed;
/// kSystem.
[[nodiscard]] Result<Begun> begin_or_resume(Preparation& prepared, const BatchStore& store, std::uint32_t retries);

/// True if the program of the run was never started.
[[nodiscard]] bool is_blocked(const RunRecord& record);

}  // namespace immure::cli
