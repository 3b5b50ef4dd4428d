/// The reports that a batch leaves in `immure-batch`: `report.html`, `junit.xml` and `runs.jsonl`.
#pragma once

#include <vector>

#include "cli/batch/crew.hpp"
#include "cli/batch/preparation.hpp"
#include "cli/batch/store.hpp"
#include "render/batch.hpp"
#include "sys/error.hpp"

namespace immure::cli {

/// How the runs ended, as the machine says that made them.
[[nodiscard]] render::BatchSummary summary_of(const Preparation& prepared, const std::vector<BatchRun>& runs);

/// Writes the reports, each whole or not at all.
[[nodiscard]] Result<void> write_reports(const Preparation& prepared, const std::vector<BatchRun>& runs,
                                         const BatchStore& store);

}  // namespace immure::cli
